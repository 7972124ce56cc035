"""Tar archives: unpacked so that nothing lands or points outside, packed so that bytes repeat."""

from __future__ import annotations

import gzip
import os
import stat
import tarfile
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LARGEST_ARCHIVE = 64 << 30
"""Bytes an archive may unpack to, unless told otherwise."""
MOST_MEMBERS = 1_000_000
"""Members an archive may have, unless told otherwise."""

_FILTER: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
# Python 3.11.4 has filters; what they refuse, `_Gate` refuses before.

_FILE_MODE, _PROGRAM_MODE, _DIRECTORY_MODE = 0o644, 0o755, 0o755


class UnsafeArchiveError(Exception):
    """The archive would write or point outside, is no archive, or unpacks to more than allowed."""


def extract(
    archive: Path,
    target: Path,
    *,
    largest: int = LARGEST_ARCHIVE,
    most_members: int = MOST_MEMBERS,
) -> None:
    """Unpack a tar, compressed or not, into `target`; `UnsafeArchiveError` at the first bad member.

    Every member must be a file, a directory or a link below `target`, under a relative name
    without `..`, and not below a link. Owners are not restored, nor set-user-id bits.
    """
    target.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive, "r:*") as tar:
            for member in _safe_members(tar, largest, most_members):
                tar.extract(member, target, **_FILTER)
    except (tarfile.TarError, EOFError, OSError, RecursionError) as error:
        raise UnsafeArchiveError(f"{archive.name} cannot be unpacked: {error}") from error


def _safe_members(
    tar: tarfile.TarFile, largest: int, most_members: int
) -> Iterator[tarfile.TarInfo]:
    """The archive's members, each checked as it is reached."""
    gate = _Gate()
    size = 0
    for count, member in enumerate(tar, start=1):
        size += member.size
        if size > largest or count > most_members:
            raise UnsafeArchiveError(f"The archive unpacks to more than {largest} bytes.")
        gate.check(member)
        yield _ours(member)


def _ours(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """The member as this user's own, without special bits, under its plainest name."""
    member.name = str(PurePosixPath(member.name))  # `tarfile` is confused by `link/.`
    member.uid, member.gid = os.geteuid(), os.getegid()
    member.uname = member.gname = ""
    member.mode = _DIRECTORY_MODE if member.isdir() else _file_mode(member.mode)
    return member


def _file_mode(mode: int) -> int:
    return _PROGRAM_MODE if mode & stat.S_IXUSR else _FILE_MODE


class _Gate:
    """Lets members pass that stay inside, given those that passed before."""

    def __init__(self) -> None:
        self._files: set[PurePosixPath] = set()
        self._directories = {PurePosixPath()}
        self._links: set[PurePosixPath] = set()

    def check(self, member: tarfile.TarInfo) -> None:
        """Refuse a member that lies or points outside, or would turn a name into a link."""
        path = _safe_name(member, member.name)
        if self._links & {path, *path.parents}:
            raise UnsafeArchiveError(f"{member.name!r} lies at or below a link of the archive.")
        self._directories.update(path.parents)
        if member.isreg():
            self._files.add(path)
        elif member.issym() or member.islnk():
            self._check_link(member, path)
        elif member.isdir():
            self._directories.add(path)
        else:
            raise UnsafeArchiveError(f"{member.name!r} is neither file, directory nor link.")

    def _check_link(self, member: tarfile.TarInfo, path: PurePosixPath) -> None:
        if path in self._files | self._directories:
            raise UnsafeArchiveError(f"{member.name!r} is something else first and then a link.")
        if member.issym():
            _check_target(member, path)
        elif _safe_name(member, member.linkname) not in self._files:
            raise UnsafeArchiveError(f"{member.name!r} links to no file ({member.linkname!r}).")
        self._links.add(path)


def _safe_name(member: tarfile.TarInfo, name: str) -> PurePosixPath:
    """The name as a path that stays inside."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name:
        raise UnsafeArchiveError(f"{member.name!r} would lie outside ({name!r}).")
    return path


def _check_target(member: tarfile.TarInfo, path: PurePosixPath) -> None:
    """A symbolic link may climb as high as the root with leading `..`, and never after."""
    target = PurePosixPath(member.linkname)
    parts = list(target.parts)
    depth = len(path.parts) - 1
    while parts and parts[0] == ".." and depth > 0:
        parts.pop(0)
        depth -= 1
    if not member.linkname or target.is_absolute() or ".." in parts:
        raise UnsafeArchiveError(f"{member.name!r} links outside ({member.linkname!r}).")


def pack(files: Mapping[str, Path], target: Path) -> None:
    """Write a gzip-compressed tar of `files` (name in the archive: path), the same bytes each time.

    Members are sorted, owned by root, dated 1970, and as executable as they were.
    """
    with ExitStack() as open_files:
        raw = open_files.enter_context(target.open("wb"))
        compressed = open_files.enter_context(
            gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=6, mtime=0)
        )
        tar = open_files.enter_context(
            tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT)
        )
        for name in _with_directories(files):
            _add(tar, name, files.get(name))


def _with_directories(files: Mapping[str, Path]) -> list[str]:
    """The names of the files and of the directories above them, sorted."""
    directories = {str(parent) for name in files for parent in PurePosixPath(name).parents}
    return sorted({*files, *directories} - {"."})


def _add(tar: tarfile.TarFile, name: str, path: Path | None) -> None:
    """Add a file, or a directory where there is no path."""
    member = tarfile.TarInfo(name)
    if path is None:
        member.type, member.mode = tarfile.DIRTYPE, _DIRECTORY_MODE
        tar.addfile(member)
        return
    with path.open("rb") as content:
        status = path.stat()
        member.size = status.st_size
        member.mode = _file_mode(status.st_mode)
        tar.addfile(member, content)


def regular_files(root: Path) -> dict[str, Path]:
    """The files below `root` by relative name; a link inside counts as what it points to.

    Links that leave `root` or point to directories, sockets, pipes and devices are left out.
    """
    inside = root.resolve()
    return {
        path.relative_to(root).as_posix(): path
        for path in _walk(root)
        if (real := _target(path)) and real.is_file() and real.is_relative_to(inside)
    }


def _target(path: Path) -> Path | None:
    """What a path is in the end; None for a link to nothing or to itself."""
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError):
        return None


def _walk(directory: Path) -> Iterator[Path]:
    """Everything below a directory that is not a directory itself, sorted."""
    if not directory.is_dir():
        return
    for entry in sorted(directory.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            yield from _walk(entry)
        else:
            yield entry


def union(roots: Iterable[Path]) -> dict[str, Path]:
    """The files of several directories as one; the first directory that has a name wins."""
    files: dict[str, Path] = {}
    for root in roots:
        files = regular_files(root) | files
    return files
