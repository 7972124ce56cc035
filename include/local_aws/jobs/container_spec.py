"""What a container is asked to be, and what that means in the sandbox at hand."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from include.local_aws.jobs.container.order import ContainerOrder
from include.local_aws.jobs.namespaces import REPOSITORY, Sandbox, why_not

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from include.local_aws.jobs.isolated_network import IsolatedNetwork

OPT_ML = "/opt/ml"
_NAMES = Path(__file__).resolve().parent / "container" / "names"
_OPT_ML_PATH = re.compile(r"(?<![\w./-])/opt/ml(?![\w.-])")


@dataclass(frozen=True, kw_only=True)
class ContainerSpec:
    """A process to start in a container.

    `name` is for messages ("algo-1 of training job X"); `opt_ml` is the host directory that the
    process sees as /opt/ml; `environment` is all it gets, but for HOME; `hosts` are extra
    /etc/hosts names with their loopback addresses; `hostname` is what the container calls itself.
    Hosts of one isolated job share a `network`; without one, `network_isolation` gives the
    container its own.
    """

    name: str
    opt_ml: Path
    argv: Sequence[str]
    environment: Mapping[str, str]
    hosts: Mapping[str, str] = field(default_factory=dict)
    network_isolation: bool = False
    working_directory: str = "/opt/ml/code"
    hostname: str = ""
    network: IsolatedNetwork | None = None


def container_order(spec: ContainerSpec, sandbox: Sandbox, scratch: Path) -> ContainerOrder:
    """Turn the spec into what the container's first process needs to know."""
    tmp = scratch / "tmp"
    (tmp / "home").mkdir(parents=True)
    tmp.chmod(0o1777)
    if spec.working_directory.startswith(OPT_ML):
        on_host(spec.opt_ml, spec.working_directory).mkdir(parents=True, exist_ok=True)
    if sandbox is Sandbox.NONE:
        return _unsandboxed_order(spec, tmp)
    hosts_file = _write_hosts(spec.hosts, scratch / "hosts")
    return ContainerOrder(
        argv=list(spec.argv),
        environment={"HOME": "/tmp/home", **spec.environment},  # noqa: S108
        working_directory=spec.working_directory,
        opt_ml=str(spec.opt_ml.resolve()),
        private_tmp=str(tmp.resolve()),
        hosts_file=str(hosts_file) if hosts_file else "",
        hostname=spec.hostname,
        visible=_needed_below_tmp(spec),
    )


def _unsandboxed_order(spec: ContainerSpec, tmp: Path) -> ContainerOrder:
    host = str(spec.opt_ml.resolve())
    environment = {
        "HOME": str(tmp / "home"),
        "TMPDIR": str(tmp),
        "SAGEMAKER_BASE_DIR": host,
        **spec.environment,
        **_host_names(spec),
    }
    return ContainerOrder(
        argv=[_OPT_ML_PATH.sub(host, argument) for argument in spec.argv],
        environment={name: _OPT_ML_PATH.sub(host, value) for name, value in environment.items()},
        working_directory=_OPT_ML_PATH.sub(host, spec.working_directory),
    )


def _host_names(spec: ContainerSpec) -> dict[str, str]:
    """The variables that let Python programs know the host names without an /etc/hosts."""
    if not spec.hosts:
        return {}
    path = [str(_NAMES), spec.environment.get("PYTHONPATH", "")]
    return {
        "LOCAL_AWS_HOSTS": json.dumps(dict(spec.hosts)),
        "PYTHONPATH": os.pathsep.join(filter(None, path)),
    }


def on_host(opt_ml: Path, path: str) -> Path:
    """The host path of a path below /opt/ml, `opt_ml` being its host directory."""
    return opt_ml / os.path.relpath(path, OPT_ML)


def _write_hosts(hosts: Mapping[str, str], target: Path) -> Path | None:
    """An /etc/hosts with `hosts` and the host's own; None where the machine has no such file."""
    system = Path("/etc/hosts")
    if not system.exists():
        return None
    extra = "".join(f"{address}\t{name}\n" for name, address in hosts.items())
    target.write_text(f"{extra}{system.read_text(encoding='utf-8')}", encoding="utf-8")
    return target.resolve()


def _needed_below_tmp(spec: ContainerSpec) -> list[str]:
    """The entries of the host's /tmp that hold the container's programs: they stay visible."""
    programs = [sys.executable, str(REPOSITORY), *spec.argv[:1]]
    places = [*programs, *spec.environment.get("PATH", "").split(os.pathsep)]
    tmp = Path("/tmp").resolve()  # noqa: S108
    below: set[str] = set()
    for place in (Path(place) for place in places if place.startswith("/")):
        for path in (place, place.resolve(), *(link.resolve() for link in _interpreters(place))):
            if path.is_relative_to(tmp) and path != tmp and _exists(path):
                below.add(str(tmp / path.relative_to(tmp).parts[0]))
    return sorted(below)


def _interpreters(place: Path) -> list[Path]:
    """The Python of a `bin` directory on the PATH: a virtual environment's points elsewhere."""
    python = place / "python3"
    return [python] if _exists(python) else []


def _exists(path: Path) -> bool:
    """Whether there is such a file, as far as this user may know."""
    try:
        return path.exists()
    except PermissionError:
        return False


def missing_features(spec: ContainerSpec, sandbox: Sandbox) -> Iterator[str]:
    """What this container will not have, one message each."""
    if sandbox is not Sandbox.NONE:
        return
    reasons = "; ".join(
        f"{kind.value}: {why_not(kind) or 'not asked for'}"
        for kind in (Sandbox.BUBBLEWRAP, Sandbox.UNSHARE)
    )
    yield (
        f"The embedded AWS runs {spec.name} without namespaces ({reasons}): /opt/ml is "
        f"{spec.opt_ml.resolve()}; use SM_* or SAGEMAKER_BASE_DIR instead of absolute paths."
    )
    if len(spec.hosts) > 1:
        yield f"Without namespaces only Python knows the hosts {', '.join(spec.hosts)}."
    if spec.network_isolation:
        yield "EnableNetworkIsolation is not enforced without namespaces."
