"""The Linux system calls a container needs and Python 3.11 lacks: namespaces and mounts."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys

NEW_MOUNTS = 0x00020000
NEW_HOSTNAME = 0x04000000
NEW_IPC = 0x08000000
NEW_USER = 0x10000000
NEW_PIDS = 0x20000000
NEW_NETWORK = 0x40000000

_MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 2, 4, 8
_MS_BIND, _MS_REC, _MS_SLAVE = 4096, 16384, 1 << 19
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1


def _call(name: str, *arguments: int | bytes | None) -> None:
    """Call a libc function that returns -1 on error, and raise its errno as OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) == -1:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


def unshare(namespaces: int) -> None:
    """Move this process into new namespaces, a user namespace too where it has no privileges."""
    user, group = os.geteuid(), os.getegid()
    try:
        _call("unshare", namespaces | (NEW_USER if user else 0))
    except PermissionError:
        if user:
            raise
        _call("unshare", namespaces | NEW_USER)
    else:
        if not user:
            return
    _map_identity(user, group)


def unshare_within(namespaces: int) -> None:
    """Move this process into new namespaces of the user namespace it is in already."""
    _call("unshare", namespaces)


def _map_identity(user: int, group: int) -> None:
    """Keep the same user and group inside this process's new user namespace."""
    for file, mapping in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        descriptor = os.open(f"/proc/self/{file}", os.O_WRONLY)
        try:
            os.write(descriptor, mapping.encode())
        finally:
            os.close(descriptor)


def enter_namespace(descriptor: int) -> None:
    """Move this process into the namespace that `descriptor` is open on."""
    _call("setns", descriptor, 0)


def detach_mounts() -> None:
    """Let no mount made from here on be seen by the host."""
    _call("mount", b"none", b"/", None, _MS_REC | _MS_SLAVE, None)


def bind(source: str, target: str) -> None:
    """Show `source` (a directory with all that is mounted below it, or a file) at `target`."""
    _call("mount", source.encode(), target.encode(), None, _MS_BIND | _MS_REC, None)


def mount_memory(target: str) -> None:
    """Cover `target` with an empty file system in memory."""
    _call("mount", b"tmpfs", target.encode(), b"tmpfs", _MS_NOSUID | _MS_NODEV, b"mode=0755")


def mount_processes(target: str) -> None:
    """Show this PID namespace's own processes at `target`."""
    _call("mount", b"proc", target.encode(), b"proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, None)


def set_hostname(name: str) -> None:
    """Name this UTS namespace's host."""
    encoded = name.encode()
    _call("sethostname", encoded, len(encoded))


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends."""
    if sys.platform == "linux":
        _call("prctl", _PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def adopt_orphans() -> None:
    """Have the kernel hand this process every descendant whose own parent ends."""
    if sys.platform == "linux":
        _call("prctl", _PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def raise_loopback() -> None:
    """Bring up `lo` in this network namespace; the kernel gives it 127.0.0.0/8."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = fcntl.ioctl(control, _SIOCGIFFLAGS, struct.pack("16sh22x", b"lo", 0))
        _, flags = struct.unpack("16sh22x", request)
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", flags | _IFF_UP))
