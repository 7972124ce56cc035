"""Bringing channels' objects onto a host's disk."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from include.local_aws.jobs.errors import JobFailedError, JobStoppedError
from include.local_aws.s3.errors import S3Error

if TYPE_CHECKING:
    from collections.abc import Iterable
    from threading import Event

    from include.local_aws.jobs.channels import ChannelFile
    from include.local_aws.s3.store import ObjectStore

_SPARE = 256 << 20
"""Bytes of disk that stay free."""


def check_volume(size: int, volume_gb: int | None) -> None:
    """Refuse `size` bytes of input that the job's volume cannot hold."""
    if volume_gb and size > volume_gb << 30:
        raise JobFailedError(
            f"ClientError: Data download failed:not enough space: {size} bytes of input do not fit "
            f"a volume of {volume_gb} GB (VolumeSizeInGB)."
        )


def check_disk(size: int, directory: Path) -> None:
    """Refuse `size` bytes of input that this machine's disk cannot hold."""
    free = shutil.disk_usage(directory).free
    if size + _SPARE > free:
        raise JobFailedError(
            f"ClientError: Data download failed:not enough space: {size} bytes of input, {free} "
            f"bytes free on the disk of the embedded AWS."
        )


def download(
    files: Iterable[ChannelFile],
    target: Path,
    store: ObjectStore,
    *,
    unzip: bool = False,
    stop: Event,
) -> None:
    """Write the files below `target`; `JobStoppedError` as soon as `stop` is set."""
    target.mkdir(parents=True, exist_ok=True)
    for file in files:
        if stop.is_set():
            raise JobStoppedError
        _write(file, target, store, unzip=unzip)


def _write(file: ChannelFile, target: Path, store: ObjectStore, *, unzip: bool) -> None:
    name = PurePosixPath(file.name)
    path = target / (name.with_suffix("") if unzip and name.suffix == ".gz" else name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with store.open(file.stored.bucket, file.stored.key) as body, path.open("wb") as copy:
            shutil.copyfileobj(gzip.GzipFile(fileobj=body) if unzip else body, copy, 1 << 20)
    except (OSError, EOFError, S3Error) as error:
        raise JobFailedError(
            f"ClientError: Data download failed:{file.stored.key} cannot be written: {error}"
        ) from error
