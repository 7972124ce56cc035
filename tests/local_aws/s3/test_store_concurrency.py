"""The object store under writers and readers at the same time."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from include.local_aws.s3.errors import (
    ConditionalRequestConflict,
    NoSuchKey,
    PreconditionFailed,
)
from tests.local_aws.s3.files import files_under

if TYPE_CHECKING:
    from pathlib import Path

    from include.local_aws.s3.store import ObjectStore


def test_a_reader_keeps_the_bytes_it_opened(own_store: ObjectStore, tmp_path: Path) -> None:
    """Replacing or deleting an object changes nothing for who is reading it, and leaves no file."""
    own_store.put("bucket", "key", b"old" * 1000)
    with own_store.open("bucket", "key") as first:
        assert first.read(3) == b"old"
        own_store.put("bucket", "key", b"new")
        with own_store.open("bucket", "key") as second:
            own_store.delete("bucket", "key")
            assert first.read() == b"old" * 999
            assert second.read() == b"new"
    assert files_under(tmp_path / "s3") == []


def test_a_list_goes_on_while_objects_come_and_go(own_store: ObjectStore) -> None:
    """A list over many batches neither repeats nor loses a key that was there all the time."""
    for number in range(300):
        own_store.put("bucket", f"{number:04}", b"")
    listed = []
    for found in own_store.list("bucket"):
        listed.append(found.key)
        if not found.key.endswith("new"):
            own_store.put("bucket", f"{found.key}-new", b"")
            own_store.delete("bucket", found.key)
    assert [key for key in listed if not key.endswith("new")] == [f"{n:04}" for n in range(300)]


def test_conditional_puts(own_store: ObjectStore) -> None:
    """A put with a condition writes only if it holds; a refused one leaves the object alone."""
    first = own_store.put("bucket", "key", b"1", if_none_match=True)
    with pytest.raises(PreconditionFailed):
        own_store.put("bucket", "key", b"2", if_none_match=True)
    second = own_store.put("bucket", "key", b"2", if_match=first.etag)
    with pytest.raises(PreconditionFailed):
        own_store.put("bucket", "key", b"3", if_match=first.etag)
    with pytest.raises(NoSuchKey):
        own_store.put("bucket", "missing", b"3", if_match=first.etag)
    assert own_store.head("bucket", "key") == second


def test_a_conditional_put_conflicts_with_a_deletion_under_way(own_store: ObjectStore) -> None:
    """An object deleted while a conditional put's body arrives is a conflict, not a failure."""
    own_store.put("bucket", "key", b"old")

    class Deleting(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            own_store.delete("bucket", "key")
            return super().read(size)

    with pytest.raises(ConditionalRequestConflict):
        own_store.put("bucket", "key", Deleting(b"new"), if_none_match=True)


@pytest.mark.parametrize("existing", [False, True])
def test_a_race_of_conditional_puts_has_one_winner(
    own_store: ObjectStore, tmp_path: Path, *, existing: bool
) -> None:
    """Of 16 writers that start from the same state exactly one writes, and its bytes stay."""
    for number in range(10):
        key = f"race-{number}"
        etag = own_store.put("bucket", key, b"start").etag if existing else None
        winners = race(own_store, key, etag)
        assert len(winners) == 1
        assert own_store.head("bucket", key).path.read_bytes() == winners[0]
    assert len(files_under(tmp_path / "s3")) == 10


def race(store: ObjectStore, key: str, etag: str | None) -> list[bytes]:
    """Let 16 threads put a key under the same condition at once; return who did."""
    barrier = Barrier(16)

    def put(racer: int) -> bytes | None:
        body = b"%d" % racer
        barrier.wait()
        try:
            store.put("bucket", key, body, if_match=etag, if_none_match=etag is None)
        except PreconditionFailed:
            return None
        return body

    with ThreadPoolExecutor(16) as pool:
        return [body for body in pool.map(put, range(16)) if body is not None]


def test_sixteen_threads_put_get_list_and_delete_the_same_keys(own_store: ObjectStore) -> None:
    """Every read sees one whole write, and every list only keys that are written."""
    keys = [f"k{number}" for number in range(4)]

    def work(worker: int) -> int:
        seen = 0
        for turn in range(25):
            key = keys[(worker + turn) % len(keys)]
            body = b"%d:%d " % (worker, turn)
            own_store.put("bucket", key, body * 1000)
            if turn % 5 == 4:
                own_store.delete("bucket", key)
            try:
                found, file = own_store.open_stored("bucket", key)
            except NoSuchKey:
                continue
            with file:
                content = file.read()
            assert len(content) == found.size
            assert content == content[: content.index(b" ") + 1] * 1000
            assert hashlib.md5(content).hexdigest() == found.etag  # noqa: S324
            assert {listed.key for listed in own_store.list("bucket")} <= set(keys)
            seen += 1
        return seen

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(work, range(16))) > 0
