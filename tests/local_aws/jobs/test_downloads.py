"""Objects reach the disk whole, or the job fails with the reason."""

from __future__ import annotations

import gzip
from threading import Event
from typing import TYPE_CHECKING

import pytest

from include.local_aws.jobs.channels import ChannelFile
from include.local_aws.jobs.downloads import check_disk, check_volume, download
from include.local_aws.jobs.errors import JobFailedError, JobStoppedError
from tests.local_aws.jobs.job_bench import BUCKET

if TYPE_CHECKING:
    from pathlib import Path

    from include.local_aws.s3.store import ObjectStore


def file(store: ObjectStore, name: str, content: bytes = b"x") -> ChannelFile:
    """An object to download."""
    return ChannelFile(name, store.put(BUCKET, f"k/{name}", content))


def test_files_lie_below_the_target(store: ObjectStore, tmp_path: Path) -> None:
    """Directories are made as names need them; an empty list makes the target."""
    download([file(store, "a/b/c", b"text")], tmp_path / "in", store, stop=Event())
    download([], tmp_path / "empty", store, stop=Event())

    assert (tmp_path / "in/a/b/c").read_bytes() == b"text"
    assert list((tmp_path / "empty").iterdir()) == []


def test_gzip_is_unpacked_and_the_ending_goes(store: ObjectStore, tmp_path: Path) -> None:
    """With `unzip`, content is decompressed and `.gz` leaves the name."""
    files = [
        file(store, "x.csv.gz", gzip.compress(b"one")),
        file(store, "y", gzip.compress(b"two")),
    ]
    download(files, tmp_path / "in", store, unzip=True, stop=Event())

    assert (tmp_path / "in/x.csv").read_bytes() == b"one"
    assert (tmp_path / "in/y").read_bytes() == b"two"


def test_broken_gzip_fails_the_job(store: ObjectStore, tmp_path: Path) -> None:
    """Objects that are not gzip, or end early, fail the job by name."""
    for content in (b"plain", gzip.compress(b"x" * 1000)[:-5]):
        with pytest.raises(JobFailedError, match="k/bad cannot be written"):
            download([file(store, "bad", content)], tmp_path, store, unzip=True, stop=Event())


def test_a_file_where_a_directory_must_be_fails_the_job(store: ObjectStore, tmp_path: Path) -> None:
    """Keys `a` and `a/b` cannot both be files on a disk."""
    with pytest.raises(JobFailedError, match="Data download failed:k/a/b cannot be written"):
        download([file(store, "a"), file(store, "a/b")], tmp_path / "in", store, stop=Event())


def test_an_object_deleted_meanwhile_fails_the_job(store: ObjectStore, tmp_path: Path) -> None:
    """An object that was listed and is gone fails the job."""
    gone = file(store, "gone")
    store.delete(BUCKET, "k/gone")
    with pytest.raises(JobFailedError, match="k/gone cannot be written"):
        download([gone], tmp_path, store, stop=Event())


def test_a_stop_ends_the_download(store: ObjectStore, tmp_path: Path) -> None:
    """Nothing more is written once the job was asked to stop."""
    stop = Event()
    stop.set()
    with pytest.raises(JobStoppedError):
        download([file(store, "a")], tmp_path / "in", store, stop=stop)
    assert list((tmp_path / "in").iterdir()) == []


def test_input_must_fit_the_volume() -> None:
    """More bytes than VolumeSizeInGB holds fail the job; without a volume there is no limit."""
    check_volume(1 << 30, 1)
    check_volume(1 << 50, None)
    with pytest.raises(JobFailedError, match="do not fit a volume of 1 GB"):
        check_volume((1 << 30) + 1, 1)


def test_input_must_fit_the_disk(tmp_path: Path) -> None:
    """More bytes than this machine has free fail the job."""
    check_disk(1, tmp_path)
    with pytest.raises(JobFailedError, match="bytes free on the disk"):
        check_disk(1 << 60, tmp_path)
