"""What a job made reaches S3: at the end whole, and meanwhile what changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from include.local_aws.jobs.errors import JobFailedError
from include.local_aws.jobs.s3_uri import S3Uri
from include.local_aws.jobs.uploads import Mirror, upload, upload_archive
from tests.local_aws.jobs.job_bench import BUCKET, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from include.local_aws.s3.store import ObjectStore

TARGET = S3Uri(BUCKET, "out")


def content(store: ObjectStore) -> dict[str, bytes]:
    """Every object and its bytes."""
    found = {}
    for stored in store.list(BUCKET):
        with store.open(BUCKET, stored.key) as body:
            found[stored.key] = body.read()
    return found


def test_files_become_objects(store: ObjectStore, tmp_path: Path) -> None:
    """Relative names follow the target's key."""
    (tmp_path / "f").write_text("x")
    upload({"a/b": tmp_path / "f"}, TARGET, store)

    assert content(store) == {"out/a/b": b"x"}


def test_a_bucket_that_is_not_there_fails_the_job(store: ObjectStore, tmp_path: Path) -> None:
    """An upload that S3 refuses is the job's failure, and leaves no archive behind."""
    (tmp_path / "f").write_text("x")
    target = S3Uri("not-there", "x/model.tar.gz")
    with pytest.raises(JobFailedError, match=r"Artifact upload failed.*NoSuchBucket"):
        upload_archive({"f": tmp_path / "f"}, target, store, scratch=tmp_path)
    assert not (tmp_path / "model.tar.gz").exists()


def test_a_mirror_copies_what_changes(store: ObjectStore, tmp_path: Path) -> None:
    """New and changed files reach S3 while the block runs, the last change at its end."""
    one = tmp_path / "one"
    one.mkdir()
    with Mirror([one], TARGET, store, seconds=0.01):
        (one / "a").write_text("1")
        wait_until(lambda: content(store) == {"out/a": b"1"})
        (one / "a").write_text("12")
        wait_until(lambda: content(store) == {"out/a": b"12"})
        (one / "a").unlink()
        (one / "b").write_text("3")

    assert content(store) == {"out/a": b"12", "out/b": b"3"}


def test_what_did_not_change_is_not_written_again(store: ObjectStore, tmp_path: Path) -> None:
    """What came from S3 is not written back unless it changes."""
    for name in ("same", "changed"):
        (tmp_path / name).write_text("x")
    with Mirror([tmp_path], TARGET, store, seconds=None, present_is_copied=True):
        os.utime(tmp_path / "changed", (1, 1))
        store.create_bucket("another-bucket")

    written = set(content(store))
    assert "out/changed" in written
    assert "out/same" not in written


def test_an_error_within_the_block_is_not_hidden(store: ObjectStore, tmp_path: Path) -> None:
    """When the run raises, that is what comes out, and nothing more is copied."""
    (tmp_path / "a").write_text("x")
    with (
        pytest.raises(ZeroDivisionError),
        Mirror([tmp_path], S3Uri("not-there", ""), store, seconds=None),
    ):
        raise ZeroDivisionError


def test_a_copy_that_fails_at_the_end_fails_the_job(store: ObjectStore, tmp_path: Path) -> None:
    """Failing copies are tried again while the job runs; the last one must succeed."""
    (tmp_path / "a").write_text("x")
    with (
        pytest.raises(JobFailedError, match="NoSuchBucket"),
        Mirror([tmp_path], S3Uri("not-there", ""), store, seconds=0.01),
    ):
        pass
