"""What the object store brings back, and what it cleans up, after an end of any kind."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from include.local_aws.s3.errors import (
    NoSuchBucket,
)
from include.local_aws.s3.store import ObjectStore
from include.local_aws.s3.stored_object import Attributes
from tests.local_aws.s3.files import files_under

KILLED = """
import io, os, signal, sys
from pathlib import Path
from include.local_aws.s3.store import ObjectStore

store = ObjectStore(Path(sys.argv[1]))
store.create_bucket("bucket")
store.put("bucket", "key", b"whole")

class Dying(io.BytesIO):
    def read(self, size=-1):
        if self.tell():
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(3)

store.put("bucket", "key", Dying(b"broken"))
"""


def test_a_restart_brings_everything_back(tmp_path: Path) -> None:
    """Buckets, objects and uploads under way are there when the store is opened again."""
    with closing(ObjectStore(tmp_path)) as store:
        store.create_bucket("bucket", region="eu-west-1")
        written = store.put("bucket", "key", b"body", metadata={"a": "b"})
        upload = store.uploads.create(
            "bucket", "big", Attributes(), algorithm=None, checksum_type=None
        )
        part = store.uploads.put_part(upload, 1, store.blobs.write(io.BytesIO(b"part")), None)
    with closing(ObjectStore(tmp_path)) as store:
        assert store.head("bucket", "key") == written
        assert store.buckets.get("bucket").region == "eu-west-1"
        assert store.uploads.get("bucket", "big", upload.id) == upload
        assert store.uploads.parts(upload) == [part]
        assert part.path.read_bytes() == b"part"


def test_a_start_sweeps_what_a_crash_left(tmp_path: Path) -> None:
    """A blob that was written and never named by the index is gone after the next start."""
    with closing(ObjectStore(tmp_path)) as store:
        store.create_bucket("bucket")
        kept = store.put("bucket", "key", b"kept")
        left = store.blobs.write(io.BytesIO(b"half an object"))
    assert left.path.exists()
    with closing(ObjectStore(tmp_path)):
        assert files_under(tmp_path) == [kept.path]


def test_a_second_store_does_not_sweep_what_the_first_is_writing(tmp_path: Path) -> None:
    """Only the first store on a directory takes unnamed blobs for leftovers."""
    with closing(ObjectStore(tmp_path)) as store:
        store.create_bucket("bucket")
        blob = store.blobs.write(io.BytesIO(b"under way"))
        with closing(ObjectStore(tmp_path)) as second:
            store.commit("bucket", "key", blob, Attributes())
            assert second.head("bucket", "key").path.read_bytes() == b"under way"


def test_a_killed_process_leaves_no_half_object(tmp_path: Path) -> None:
    """SIGKILL in the middle of a put: the next start finds the old object and no leftover."""
    root = Path(__file__).parents[3]
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], cwd=root, timeout=120, check=False
    )
    assert ran.returncode == -signal.SIGKILL
    assert len(files_under(tmp_path)) == 2
    with closing(ObjectStore(tmp_path)) as store:
        assert store.head("bucket", "key").path.read_bytes() == b"whole"
        assert len(files_under(tmp_path)) == 1


@pytest.mark.parametrize("fails", [OSError("disk"), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_nothing(
    own_store: ObjectStore, tmp_path: Path, fails: BaseException
) -> None:
    """A body that breaks off makes no object, no file, and does not touch the object it was for."""
    own_store.put("bucket", "key", b"old")

    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise fails
            return super().read(3 if size else size)

    with pytest.raises(type(fails)):
        own_store.put("bucket", "key", Breaking(b"new bytes"))
    assert own_store.head("bucket", "key").path.read_bytes() == b"old"
    assert len(files_under(tmp_path / "s3")) == 1


def test_a_refused_commit_discards_the_blob(own_store: ObjectStore, tmp_path: Path) -> None:
    """Bytes that did not become an object do not stay."""
    with pytest.raises(NoSuchBucket):
        own_store.commit("gone", "key", own_store.blobs.write(io.BytesIO(b"x")), Attributes())
    assert files_under(tmp_path / "s3") == []
