"""The SQLite file that says which buckets, objects and uploads exist, and which blob holds what."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from include.local_aws.s3.errors import UnknownIndexVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

VERSION = 1

_SCHEMA = f"""
PRAGMA user_version = {VERSION};
CREATE TABLE IF NOT EXISTS buckets (
    name TEXT PRIMARY KEY, region TEXT NOT NULL, created INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bucket_documents (
    bucket TEXT NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (bucket, kind)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL, key BLOB NOT NULL, blob TEXT NOT NULL, size INTEGER NOT NULL,
    etag TEXT NOT NULL, modified INTEGER NOT NULL, attributes TEXT NOT NULL,
    PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key BLOB NOT NULL, initiated INTEGER NOT NULL,
    algorithm TEXT, checksum_type TEXT, attributes TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS uploads_by_key ON uploads (bucket, key, id);
CREATE TABLE IF NOT EXISTS parts (
    upload TEXT NOT NULL, number INTEGER NOT NULL, blob TEXT NOT NULL, size INTEGER NOT NULL,
    etag TEXT NOT NULL, modified INTEGER NOT NULL, checksum TEXT,
    PRIMARY KEY (upload, number)
) WITHOUT ROWID;
"""


class Index:
    """One SQLite connection behind one lock.

    Statements take microseconds, and a write that decides on what it reads (a conditional put)
    needs both in one transaction anyway.

    Keys are kept as the bytes of their UTF-8 text, because S3 lists in that order and SQLite
    compares blobs byte by byte. The journal is a write-ahead log without a sync for each commit:
    what was committed outlives the process, though not a power cut.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, VERSION):
            self._connection.close()
            raise UnknownIndexVersion(path, version)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        with self._lock:
            return self._connection.execute(statement, parameters).fetchall()

    def row(self, statement: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """Run one statement and return its first row, or None."""
        with self._lock:
            found: tuple[Any, ...] | None = self._connection.execute(
                statement, parameters
            ).fetchone()
            return found

    def unknown_blobs(self, names: Iterable[str]) -> list[str]:
        """Return those of the names that no object and no part holds."""
        with self.transaction():
            self._connection.execute("CREATE TEMP TABLE on_disk (name TEXT PRIMARY KEY)")
            self._connection.executemany(
                "INSERT INTO on_disk VALUES (?)", ((name,) for name in names)
            )
            unknown = self.rows(
                "SELECT name FROM on_disk EXCEPT SELECT blob FROM objects"
                " EXCEPT SELECT blob FROM parts"
            )
            self._connection.execute("DROP TABLE on_disk")
        return [name for (name,) in unknown]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make what this thread runs inside the block one change: all of it or, on error, none.

        A block inside another is part of that one's change.
        """
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                self._connection.rollback()

    def close(self) -> None:
        """Close the file; the index cannot be used after."""
        with self._lock:
            self._connection.close()
