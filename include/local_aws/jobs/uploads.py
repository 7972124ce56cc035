"""Bringing what a job made to S3: at its end, or while it runs."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, NamedTuple, Self

from include.local_aws.jobs.archives import pack, union
from include.local_aws.jobs.errors import JobFailedError
from include.local_aws.s3.errors import S3Error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from include.local_aws.jobs.s3_uri import S3Uri
    from include.local_aws.s3.store import ObjectStore

log = logging.getLogger(__name__)


def upload(files: Mapping[str, Path], target: S3Uri, store: ObjectStore) -> None:
    """Write files below `target` by their relative names."""
    for name, path in files.items():
        upload_file(path, target.below(name), store)


def upload_file(path: Path, target: S3Uri, store: ObjectStore) -> None:
    """Write one file; `JobFailedError` if S3 does not take it."""
    try:
        store.put_file(target.bucket, target.key, path)
    except S3Error as error:
        raise JobFailedError(
            f"ClientError: Artifact upload failed:{error.message} ({error.code}): {target}"
        ) from error


def upload_archive(
    files: Mapping[str, Path], target: S3Uri, store: ObjectStore, *, scratch: Path
) -> None:
    """Pack files into a tar in the directory `scratch` and write it as one object."""
    archive = scratch / target.key.rpartition("/")[2]
    try:
        pack(files, archive)
        upload_file(archive, target, store)
    finally:
        archive.unlink(missing_ok=True)


class _Version(NamedTuple):
    """What tells that a file changed."""

    path: Path
    modified: int
    size: int


class Mirror:
    """Copies what changes below some directories to S3, every few seconds and at the end.

    Files that the job deletes stay in S3. Where directories share a name, the first one has it.
    Use it as a context manager around the run; leaving it without an error makes the last copy,
    and raises `JobFailedError` if S3 does not take it.

    :param seconds: The pause between copies; None to copy at the end only.
    :param present_is_copied: What is there at the start came from S3.
    :param on_copied: Called after each file that was copied, from another thread.
    """

    def __init__(
        self,
        directories: Sequence[Path],
        target: S3Uri,
        store: ObjectStore,
        *,
        seconds: float | None,
        present_is_copied: bool = False,
        on_copied: Callable[[], None] = lambda: None,
    ) -> None:
        self._directories = directories
        self._target = target
        self._store = store
        self._seconds = seconds
        self._present_is_copied = present_is_copied
        self._on_copied = on_copied
        self._ended = threading.Event()
        self._copied: dict[str, _Version] = {}
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        if self._present_is_copied:
            self._copied = self._versions()
        if self._seconds is not None:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._seconds is not None:
            self._thread.join()
        if kind is None:
            self._copy()

    def _run(self) -> None:
        while not self._ended.wait(self._seconds):
            try:
                self._copy()
            except (JobFailedError, OSError) as error:
                log.info("Copying to %s will be tried again: %s", self._target, error)

    def _copy(self) -> None:
        """Copy each file that changed since it was copied last."""
        for name, version in self._versions().items():
            if self._copied.get(name) != version:
                upload_file(version.path, self._target.below(name), self._store)
                self._copied[name] = version
                self._on_copied()

    def _versions(self) -> dict[str, _Version]:
        versions = {}
        for name, path in union(self._directories).items():
            status = path.stat()
            versions[name] = _Version(path, status.st_mtime_ns, status.st_size)
        return versions
