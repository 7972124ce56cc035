"""The object store as other parts of the embedded AWS use it."""

from __future__ import annotations

import gc
import hashlib
import io
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from include.local_aws.s3.bad_requests import InvalidBucketName
from include.local_aws.s3.blobs import CHUNK
from include.local_aws.s3.errors import (
    BucketAlreadyOwnedByYou,
    BucketNotEmpty,
    NoSuchBucket,
    NoSuchKey,
)
from include.local_aws.s3.store import ObjectStore
from tests.local_aws.s3.files import files_under
from tests.local_aws.s3.steady import STEADY

if TYPE_CHECKING:
    from pathlib import Path

KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=24)


def test_an_object_comes_back_as_it_was_put(own_store: ObjectStore) -> None:
    """Bytes, size, MD5 as ETag, content type and metadata are those of the writer."""
    before = datetime.now(UTC)
    written = own_store.put(
        "bucket", "a/key", b"body", content_type="text/plain", metadata={"who": "me"}
    )
    found = own_store.head("bucket", "a/key")
    assert found == written
    assert (found.bucket, found.key, found.size) == ("bucket", "a/key", 4)
    assert found.etag == hashlib.md5(b"body").hexdigest()  # noqa: S324 - S3's ETag is an MD5
    assert found.content_type == "text/plain"
    assert found.metadata == {"who": "me"}
    assert before <= found.last_modified <= datetime.now(UTC)
    assert found.path.read_bytes() == b"body"
    with own_store.open("bucket", "a/key") as file:
        assert file.read() == b"body"


def test_a_file_is_put_from_its_path(own_store: ObjectStore, tmp_path: Path) -> None:
    """`put_file` copies the file; what happens to it after does not matter."""
    source = tmp_path / "model.tar.gz"
    source.write_bytes(b"model")
    own_store.put_file("bucket", "model", source)
    source.write_bytes(b"other")
    assert own_store.head("bucket", "model").path.read_bytes() == b"model"


def test_a_stream_is_read_in_pieces(own_store: ObjectStore) -> None:
    """An object is never whole in memory: no read asks for more than a mebibyte."""
    asked: list[int] = []

    class Stream(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            asked.append(size if size is not None else -1)
            return super().read(size)

    body = bytes(range(256)) * 4096 * 4
    written = own_store.put("bucket", "big", Stream(body))
    assert written.size == len(body)
    assert set(asked) == {CHUNK}
    assert written.path.read_bytes() == body


def test_what_does_not_exist_is_named(own_store: ObjectStore) -> None:
    """A missing bucket and a missing key are different errors, for reads and for writes."""
    for call in (own_store.head, own_store.open):
        with pytest.raises(NoSuchKey):
            call("bucket", "nothing")
        with pytest.raises(NoSuchBucket):
            call("no-bucket", "nothing")
    with pytest.raises(NoSuchBucket):
        own_store.put("no-bucket", "key", b"")
    with pytest.raises(NoSuchBucket):
        own_store.list("no-bucket")
    with pytest.raises(NoSuchBucket):
        own_store.delete("no-bucket", "key")


def test_buckets(own_store: ObjectStore) -> None:
    """A bucket is made once, under a valid name, and deleted when it is empty."""
    assert own_store.bucket_exists("bucket")
    assert not own_store.bucket_exists("other")
    with pytest.raises(BucketAlreadyOwnedByYou):
        own_store.create_bucket("bucket", region="eu-west-1")
    with pytest.raises(InvalidBucketName):
        own_store.create_bucket("../up")
    own_store.put("bucket", "key", b"")
    with pytest.raises(BucketNotEmpty):
        own_store.delete_bucket("bucket")
    own_store.delete("bucket", "key")
    own_store.delete_bucket("bucket")
    assert not own_store.bucket_exists("bucket")


def test_deleting_is_idempotent(own_store: ObjectStore, tmp_path: Path) -> None:
    """A deleted object and its bytes are gone, and may be deleted again."""
    own_store.put("bucket", "key", b"body")
    own_store.delete("bucket", "key")
    own_store.delete("bucket", "key")
    with pytest.raises(NoSuchKey):
        own_store.head("bucket", "key")
    assert files_under(tmp_path / "s3") == []


@STEADY
@given(st.dictionaries(KEYS, st.binary(max_size=8), max_size=12))
@example({"../../up": b"1", "/lead": b"2", "a//b": b"3", "a/": b"4", "a": b"5", ".": b"6"})
@example({"K": b"1", "k": b"2", "ﬀ": b"3", "é": b"4", "e\u0301": b"5", "\x00": b"6"})
def test_any_key_is_a_key(
    tmp_path_factory: pytest.TempPathFactory, contents: dict[str, bytes]
) -> None:
    """Keys keep apart whatever they look like to a file system, and none leaves the directory."""
    home = tmp_path_factory.mktemp("keys")
    with closing(ObjectStore(home / "root" / "s3")) as store:
        store.create_bucket("bucket")
        for key, body in contents.items():
            store.put("bucket", key, body)
        listed = [found.key for found in store.list("bucket")]
        assert listed == sorted(contents, key=str.encode)
        assert {key: store.head("bucket", key).path.read_bytes() for key in listed} == contents
        assert all(
            found.path.is_relative_to(home / "root" / "s3") for found in store.list("bucket")
        )
        names = [found.path.name.lower() for found in store.list("bucket")]
        assert len(set(names)) == len(contents)
    assert [path.name for path in home.iterdir()] == ["root"]


@STEADY
@given(st.sets(KEYS, max_size=12), KEYS, KEYS)
def test_a_list_is_what_begins_with_the_prefix_and_comes_after_the_start(
    tmp_path_factory: pytest.TempPathFactory, keys: set[str], prefix: str, start: str
) -> None:
    """Keys come in the order of their UTF-8 bytes."""
    prefix = prefix[:1]
    with closing(ObjectStore(tmp_path_factory.mktemp("list"))) as store:
        store.create_bucket("bucket")
        for key in keys:
            store.put("bucket", key, b"")
        listed = [found.key for found in store.list("bucket", prefix, start_after=start)]
    chosen = [key for key in keys if key.startswith(prefix) and key.encode() > start.encode()]
    assert listed == sorted(chosen, key=str.encode)


def test_a_closed_store_is_closed(tmp_path: Path) -> None:
    """`close` may be called twice, and no call works after."""
    store = ObjectStore(tmp_path)
    store.close()
    store.close()
    with pytest.raises(sqlite3.ProgrammingError):
        store.bucket_exists("bucket")


def test_a_store_that_is_dropped_closes_itself(tmp_path: Path) -> None:
    """Who forgets `close` holds no lock: the next store is the first again, and cleans up."""
    store = ObjectStore(tmp_path)
    left = store.blobs.write(io.BytesIO(b"left"))
    del store
    gc.collect()
    with closing(ObjectStore(tmp_path)):
        assert not left.path.exists()
