"""A network of loopback alone, shared by a job's hosts: what EnableNetworkIsolation means."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Self

from include.local_aws.jobs.namespaces import REPOSITORY, init_command

if TYPE_CHECKING:
    from types import TracebackType


class NetworkIsolationError(Exception):
    """The machine allows no network namespace."""


class IsolatedNetwork:
    """A network namespace that containers join; a context manager.

    It exists as long as this object is open, or a container in it runs. Nothing but 127.0.0.0/8
    exists in it, and that is not the host's.
    """

    def __init__(self) -> None:
        self.descriptors = _new_namespace()
        """The namespaces to join: the user namespace that owns it, where there is one, and it."""

    def close(self) -> None:
        """Let go of the namespace."""
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _new_namespace() -> list[int]:
    """Have a short-lived process make the namespaces, and keep hold of them."""
    maker = subprocess.Popen(
        init_command("network"),
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with maker:
        assert maker.stdout is not None  # noqa: S101
        assert maker.stderr is not None  # noqa: S101
        if maker.stdout.readline() != b"ready\n":
            reason = maker.stderr.read().decode(errors="replace").strip().splitlines()
            raise NetworkIsolationError(reason[-1] if reason else "no reason was given")
        return _open_namespaces(maker.pid)


def _open_namespaces(process: int) -> list[int]:
    names = ["net"]
    if _namespace(process, "user") != _namespace(os.getpid(), "user"):
        names.insert(0, "user")
    return [os.open(f"/proc/{process}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC) for name in names]


def _namespace(process: int, name: str) -> str:
    return str(Path(f"/proc/{process}/ns/{name}").readlink())
