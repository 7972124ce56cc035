"""Which kind of sandbox this machine allows, and the command line that makes each."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from include.local_aws.jobs.container.order import ContainerOrder

if TYPE_CHECKING:
    from collections.abc import Sequence

REPOSITORY = Path(__file__).resolve().parents[3]
_TRIAL_SECONDS = 20


class Sandbox(Enum):
    """How a container gets a file system, processes and a network of its own; the best first."""

    BUBBLEWRAP = "bwrap"
    UNSHARE = "unshare"
    NONE = "none"


def init_command(mode: str, *descriptors: int) -> list[str]:
    """The command that runs a container's first process, in the directory `REPOSITORY`."""
    module = "include.local_aws.jobs.container.init"
    return [sys.executable, "-E", "-s", "-S", "-B", "-m", module, mode, *map(str, descriptors)]


def launch_command(
    sandbox: Sandbox, order: ContainerOrder, *, line: int, network: Sequence[int] = ()
) -> list[str]:
    """The command that starts a container.

    `line` is the descriptor its order comes on; `network` are those of the namespaces to join
    first (see `IsolatedNetwork`), none for the host's network.
    """
    if sandbox is Sandbox.UNSHARE:
        return init_command("unshare", line, *network)
    supervise = init_command("supervise", line)
    if sandbox is Sandbox.NONE:
        return supervise
    command = [*_bubblewrap(order), "--", *supervise]
    return [*init_command("join", *network), "--", *command] if network else command


def _bubblewrap(order: ContainerOrder) -> list[str]:
    """The arguments of `bwrap` for the order's view; /opt/ml never appears on the host."""
    opt = os.path.realpath("/opt")
    arguments = ["bwrap", "--dev-bind", "/", "/", "--tmpfs", opt]
    for entry in os.scandir(opt):
        if entry.name != "ml":
            arguments += ["--dev-bind-try", entry.path, entry.path]
    arguments += ["--bind", order.opt_ml, f"{opt}/ml"]
    if order.private_tmp:
        arguments += ["--bind", order.private_tmp, "/tmp"]  # noqa: S108
    for path in order.visible:
        arguments += ["--dev-bind", path, path]
    if order.hosts_file:
        arguments += ["--bind", order.hosts_file, os.path.realpath("/etc/hosts")]
    arguments += ["--unshare-pid", "--unshare-ipc", "--unshare-uts"]
    if order.hostname:
        arguments += ["--hostname", order.hostname]
    return [*arguments, "--proc", "/proc", "--as-pid-1", "--chdir", str(REPOSITORY)]


@functools.cache
def best_sandbox() -> Sandbox:
    """The best sandbox that works here, found once a process by trying."""
    usable = (kind for kind in (Sandbox.BUBBLEWRAP, Sandbox.UNSHARE) if why_not(kind) is None)
    return next(usable, Sandbox.NONE)


@functools.cache
def why_not(sandbox: Sandbox) -> str | None:
    """Why the sandbox does not work on this machine; None if it does."""
    if sandbox is Sandbox.NONE:
        return None
    if sys.platform != "linux":
        return f"{sys.platform} has no namespaces"
    if sandbox is Sandbox.BUBBLEWRAP and not shutil.which("bwrap"):
        return "bwrap is not installed"
    with tempfile.TemporaryDirectory() as scratch:
        return _trial(sandbox, Path(scratch))


def _trial(sandbox: Sandbox, scratch: Path) -> str | None:
    """Start a container that looks for its /opt/ml; what it said if it did not find it."""
    (scratch / "seen").touch()
    order = ContainerOrder(
        argv=["/bin/sh", "-c", "test -e /opt/ml/seen"],
        environment={},
        working_directory="/",
        opt_ml=str(scratch),
        hosts_file="/etc/hosts" if Path("/etc/hosts").exists() else "",
    )
    reading, writing = os.pipe()
    try:
        os.write(writing, order.encode())
        return _run_trial(launch_command(sandbox, order, line=reading), reading)
    finally:
        os.close(reading)
        os.close(writing)


def _run_trial(command: list[str], line: int) -> str | None:
    trial = subprocess.run(
        command,
        cwd=REPOSITORY,
        pass_fds=[line],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_TRIAL_SECONDS,
        check=False,
    )
    if trial.returncode == 0:
        return None
    said = trial.stdout.decode(errors="replace").strip().splitlines()
    return said[-1] if said else f"exit code {trial.returncode}"
