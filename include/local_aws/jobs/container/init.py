"""The first process of a container: `python -m include.local_aws.jobs.container.init MODE ...`.

It starts the job in a process group of its own, hands SIGTERM on when told to, and leaves nobody
behind: when the job's first process ends, when the server lets go of the line (also because it
was killed), or when it is killed itself. Modes:

- `supervise LINE`: run the job; the file system is ready, or cannot be had.
- `unshare LINE [USER_NS] [NETWORK_NS]`: make the namespaces first.
- `join [USER_NS] NETWORK_NS -- COMMAND...`: run a command in a network namespace that exists.
- `network`: make a network namespace and hold it until stdin ends.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from pathlib import Path
from typing import NoReturn

from include.local_aws.jobs.container import filesystem, linux
from include.local_aws.jobs.container.order import STOP, ContainerOrder, receive

_KILLED = 128 + signal.SIGKILL
_NAMESPACES = linux.NEW_MOUNTS | linux.NEW_PIDS | linux.NEW_HOSTNAME | linux.NEW_IPC


def supervise(order: ContainerOrder, line: int) -> int:
    """Run the order's command until it, or the line, ends; its exit code as a shell gives it."""
    wakeup, child_ended = os.pipe()
    os.set_blocking(child_ended, False)
    signal.set_wakeup_fd(child_ended)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    linux.adopt_orphans()
    job = _start(order)
    signal.signal(signal.SIGTERM, lambda *_: _signal_group(job, signal.SIGTERM))
    try:
        return _watch(job, line, wakeup)
    finally:
        _leave_nobody(job)


def _start(order: ContainerOrder) -> int:
    """Fork the job's first process, leader of a session and process group of its own."""
    job = os.fork()
    if not job:
        _execute(order)
    return job


def _execute(order: ContainerOrder) -> NoReturn:
    """Become the job, or end as a shell would: 127 not found, 126 not runnable."""
    os.setsid()
    linux.die_with_parent()
    for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.chdir(order.working_directory)
        os.execvpe(order.argv[0], order.argv, order.environment)  # noqa: S606
    except OSError as error:
        print(f"exec {order.argv[0]!r}: {error}", file=sys.stderr, flush=True)  # noqa: T201
        os._exit(127 if isinstance(error, FileNotFoundError) else 126)


def _watch(job: int, line: int, wakeup: int) -> int:
    """Wait for the job's end, the server's word, or the server's end."""
    while True:
        ready, _, _ = select.select([line, wakeup], [], [])
        if wakeup in ready:
            os.read(wakeup, 4096)
            code = _reap(job)
            if code is not None:
                return code
        if line in ready:
            word = os.read(line, 1)
            if word != STOP:
                return _KILLED
            _signal_group(job, signal.SIGTERM)


def _reap(job: int) -> int | None:
    """Collect every child that ended; the job's exit code if it is among them."""
    code = None
    while True:
        try:
            ended, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if not ended:
            return code
        if ended == job:
            result = os.waitstatus_to_exitcode(status)
            code = result if result >= 0 else 128 - result


def _signal_group(job: int, number: signal.Signals) -> None:
    try:
        os.killpg(job, number)
    except ProcessLookupError:
        return


def _leave_nobody(job: int) -> None:
    """Kill what is left; where this is PID 1, the kernel does it at its end."""
    if os.getpid() == 1:
        return
    _signal_group(job, signal.SIGKILL)
    while children := _children():
        for child in children:
            _kill(child)
        _reap(0)
        select.select([], [], [], 0.01)


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def _children() -> list[int]:
    """The children of this process: its own, and the orphans it was handed."""
    if not Path("/proc/self/task").is_dir():
        return []
    me = os.getpid()
    return [process for process in _processes() if _parent(process) == me]


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _parent(process: int) -> int | None:
    """The parent of a process, None for one that is gone."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(stat.rpartition(")")[2].split()[1])


def unshare(order: ContainerOrder, line: int, network: list[int]) -> int:
    """Make the container's namespaces and supervise the job as their PID 1; its exit code."""
    if network:
        _join(network)
        linux.unshare_within(_NAMESPACES)
    else:
        linux.unshare(_NAMESPACES)
    first = os.fork()
    if not first:
        linux.die_with_parent()
        filesystem.prepare(order)
        os._exit(supervise(order, line))
    os.close(line)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, status = os.waitpid(first, 0)
    result = os.waitstatus_to_exitcode(status)
    return result if result >= 0 else 128 - result


def _join(namespaces: list[int]) -> None:
    for descriptor in namespaces:
        linux.enter_namespace(descriptor)
        os.close(descriptor)


def hold_network() -> int:
    """Make a network namespace with loopback up, say so, and keep it until stdin ends."""
    linux.unshare(linux.NEW_NETWORK)
    linux.raise_loopback()
    print("ready", flush=True)  # noqa: T201
    sys.stdin.read()
    return 0


def main(arguments: list[str]) -> int:
    """Run the mode named first."""
    mode = arguments[0]
    if mode == "network":
        return hold_network()
    if mode == "join":
        separator = arguments.index("--")
        _join([int(descriptor) for descriptor in arguments[1:separator]])
        os.execvp(arguments[separator + 1], arguments[separator + 1 :])  # noqa: S606
    line, *network = (int(descriptor) for descriptor in arguments[1:])
    os.set_inheritable(line, False)  # noqa: FBT003
    order = receive(line)
    return supervise(order, line) if mode == "supervise" else unshare(order, line, network)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
