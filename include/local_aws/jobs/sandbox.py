"""A job's container: a subprocess that sees the job's directory at /opt/ml, and no orphan after."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from include.local_aws.jobs.container.order import STOP
from include.local_aws.jobs.container_spec import (
    OPT_ML,
    ContainerSpec,
    container_order,
    missing_features,
    on_host,
)
from include.local_aws.jobs.isolated_network import IsolatedNetwork
from include.local_aws.jobs.namespaces import REPOSITORY, Sandbox, best_sandbox, launch_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["OPT_ML", "Container", "ContainerSpec", "Sandbox", "on_host"]

_LONGEST_LINE = 1 << 20
_SECONDS_TO_DIE = 10.0


class Container:
    """A started container. Its end is the end of every process in it."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        *,
        line: int,
        on_line: Callable[[str], None],
        scratch: Path,
    ) -> None:
        self._process = process
        self._line: int | None = line
        self._lock = threading.Lock()
        self._scratch = scratch
        self._reader_error: BaseException | None = None
        self._on_line = on_line
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @classmethod
    def start(
        cls,
        spec: ContainerSpec,
        on_line: Callable[[str], None],
        *,
        sandbox: Sandbox | None = None,
    ) -> Self:
        """Start the process; `on_line` gets each line of its output, from a thread of its own.

        `sandbox` is the best this machine allows unless given. Without namespaces the process sees
        the host's files: /opt/ml in its arguments and environment then reads as the host's
        directory, and the first line says so.
        """
        chosen = sandbox or best_sandbox()
        for message in missing_features(spec, chosen):
            on_line(message)
        spec.opt_ml.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{spec.opt_ml.name}-", dir=spec.opt_ml.parent))
        try:
            return cls._launch(spec, on_line, chosen, scratch)
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise

    @classmethod
    def _launch(
        cls,
        spec: ContainerSpec,
        on_line: Callable[[str], None],
        sandbox: Sandbox,
        scratch: Path,
    ) -> Self:
        order = container_order(spec, sandbox, scratch)
        with ExitStack() as held:
            reading, writing = os.pipe()
            held.callback(os.close, reading)
            undo = ExitStack()
            undo.callback(os.close, writing)
            with undo:
                network = _network(spec, sandbox, held)
                process = _spawn(
                    launch_command(sandbox, order, line=reading, network=network),
                    [reading, *network],
                )
                undo.pop_all()
            container = cls(process, line=writing, on_line=on_line, scratch=scratch)
        container._say(order.encode())
        return container

    @property
    def pid(self) -> int:
        """The outermost process of the container, as the host counts."""
        return self._process.pid

    def wait(self, timeout: float | None = None) -> int | None:
        """The exit code, after the last line was handed over; None if it still runs.

        `timeout` is in seconds. A process ended by signal N gives 128 + N, as in a shell. Raises
        what `on_line` raised, if it did.
        """
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        self._finish()
        return code if code >= 0 else 128 - code

    def terminate(self) -> None:
        """Send the process group SIGTERM."""
        self._say(STOP)

    def stop(self, grace_seconds: float) -> int:
        """Send the process group SIGTERM, kill what is left after the grace; the exit code."""
        self.terminate()
        code = self.wait(grace_seconds)
        return self.kill() if code is None else code

    def kill(self) -> int:
        """Kill everything in the container at once; the exit code."""
        self._hang_up()
        code = self.wait(_SECONDS_TO_DIE)
        if code is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            code = self.wait()
        return 0 if code is None else code

    def _say(self, words: bytes) -> None:
        """Write to the container's first process, which may have ended."""
        with self._lock:
            if self._line is None:
                return
            try:
                _write_all(self._line, words)
            except BrokenPipeError:
                return

    def _hang_up(self) -> None:
        with self._lock:
            if self._line is not None:
                os.close(self._line)
                self._line = None

    def _finish(self) -> None:
        """After the end: hand over every line and remove the scratch files."""
        self._hang_up()
        self._reader.join(_SECONDS_TO_DIE)
        shutil.rmtree(self._scratch, ignore_errors=True)
        if self._reader_error is not None:
            raise self._reader_error

    def _read(self) -> None:
        """Hand every line on; an error of `on_line` is kept for `wait`, and reading goes on."""
        assert self._process.stdout is not None  # noqa: S101
        with self._process.stdout as output:
            for line in _lines(output):
                if self._reader_error is None:
                    try:
                        self._on_line(line)
                    except BaseException as error:  # noqa: BLE001
                        self._reader_error = error


def _lines(output: IO[bytes]) -> Iterator[str]:
    """Split output at newlines, or at 1 MiB without; what is not UTF-8 is replaced."""
    while line := output.readline(_LONGEST_LINE):
        yield line.decode("utf-8", errors="replace").rstrip("\r\n")


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _spawn(command: list[str], descriptors: Sequence[int]) -> subprocess.Popen[bytes]:
    """Start the container's outermost process; nothing of the server's environment comes along."""
    passed_on = {
        name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ
    }
    return subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=passed_on,
        pass_fds=descriptors,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _network(spec: ContainerSpec, sandbox: Sandbox, held: ExitStack) -> list[int]:
    """The namespaces to join; a network of the container's own is let go of once it is started."""
    if sandbox is Sandbox.NONE or not spec.network_isolation:
        return []
    network = spec.network or held.enter_context(IsolatedNetwork())
    return network.descriptors
