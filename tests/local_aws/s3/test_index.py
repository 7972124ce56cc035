"""The SQLite file behind the store."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from include.local_aws.s3.errors import UnknownIndexVersion
from include.local_aws.s3.index import VERSION, Index

if TYPE_CHECKING:
    from pathlib import Path

INSERT = "INSERT INTO buckets VALUES (?, 'us-east-1', 0)"


def names(index: Index) -> list[str]:
    """Return the names of the buckets in the index."""
    return [name for (name,) in index.rows("SELECT name FROM buckets ORDER BY name")]


def add_twice(index: Index) -> None:
    """Add a bucket in a transaction of its own, and again, which fails."""
    with index.transaction():
        index.rows(INSERT, ("a",))
    index.rows(INSERT, ("a",))


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    """What fails in the middle has changed nothing, and the next transaction begins anew."""
    with closing(Index(tmp_path / "index")) as index:
        with pytest.raises(sqlite3.IntegrityError), index.transaction():
            add_twice(index)
        assert names(index) == []
        with index.transaction():
            index.rows(INSERT, ("b",))
        assert names(index) == ["b"]


def test_a_transaction_inside_another_is_part_of_it(tmp_path: Path) -> None:
    """It ends with the outer one: an error there takes back what the inner one did."""
    with closing(Index(tmp_path / "index")) as index:
        with pytest.raises(sqlite3.IntegrityError), index.transaction():
            add_twice(index)
        assert names(index) == []


def test_unknown_blobs_are_those_that_nothing_holds(tmp_path: Path) -> None:
    """A blob belongs to an object or to a part; any other is unknown."""
    with closing(Index(tmp_path / "index")) as index:
        index.rows("INSERT INTO objects VALUES ('b', x'61', 'object', 0, '', 0, '')")
        index.rows("INSERT INTO parts VALUES ('u', 1, 'part', 0, '', 0, NULL)")
        for _ in range(2):
            assert index.unknown_blobs(["object", "left", "part"]) == ["left"]


def test_an_index_of_another_version_is_refused(tmp_path: Path) -> None:
    """The error names the file and what to do; the file stays as it is."""
    path = tmp_path / "index.sqlite"
    with closing(Index(path)) as index:
        assert index.row("PRAGMA user_version") == (VERSION,)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(UnknownIndexVersion, match=r"index\.sqlite has version 2 .*--state-dir"):
        Index(path)
