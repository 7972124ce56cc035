"""What a container sees of the host's files: all, with /opt/ml, /tmp and /etc/hosts its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from include.local_aws.jobs.container import linux

if TYPE_CHECKING:
    from include.local_aws.jobs.container.order import ContainerOrder


def prepare(order: ContainerOrder) -> None:
    """Mount the container's view; must run as the first process of new mount and PID namespaces."""
    linux.detach_mounts()
    places = {order.opt_ml: f"{os.path.realpath('/opt')}/ml", order.private_tmp: "/tmp"}  # noqa: S108
    places[order.hosts_file] = os.path.realpath("/etc/hosts")
    places |= {path: path for path in order.visible}
    handles = [(_handle(source), target) for source, target in places.items() if source]
    _cover_opt()
    for handle, target in handles:
        _show(handle, target)
    if order.hostname:
        linux.set_hostname(order.hostname)
    linux.mount_processes("/proc")


def _handle(path: str) -> int:
    """A reference to a file that stays good when something is mounted over its path."""
    return os.open(path, os.O_PATH | os.O_CLOEXEC)


def _cover_opt() -> None:
    """Show /opt's entries in an /opt of the container's own: the host's never gets an `ml`."""
    opt = os.path.realpath("/opt")
    entries = [entry for entry in os.scandir(opt) if entry.name != "ml"]
    handles = {entry.path: _handle(entry.path) for entry in entries if not entry.is_symlink()}
    links = {entry.path: Path(entry.path).readlink() for entry in entries if entry.is_symlink()}
    linux.mount_memory(opt)
    for path, target in links.items():
        Path(path).symlink_to(target)
    for path, handle in handles.items():
        _show(handle, path)


def _show(handle: int, path: str) -> None:
    """Bind what `handle` refers to at `path`, and let go of the handle."""
    reference = f"/proc/self/fd/{handle}"
    target = Path(path)
    if Path(reference).is_dir():
        target.mkdir(parents=True, exist_ok=True)
    elif not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    linux.bind(reference, path)
    os.close(handle)
