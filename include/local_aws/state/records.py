"""Documents by kind, region and name, kept in SQLite and mirrored in memory."""

from __future__ import annotations

import copy
import json
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import RLock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    kind TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (kind, region, name)
) WITHOUT ROWID
"""
_VERSION = 1
_DATETIME = "$datetime"

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Change:
    """What became of one record: None stands for a document that is not there.

    The documents are the records' own, for reading only.
    """

    kind: str
    region: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


class RecordsError(Exception):
    """A record cannot be written, or the database cannot be used."""


class AlreadyExistsError(RecordsError):
    """A record of this kind, region and name is there already."""

    def __init__(self, kind: str, region: str, name: str) -> None:
        super().__init__(f"{kind} {name} already exists in {region}")


class NotFoundError(RecordsError):
    """There is no record of this kind, region and name."""

    def __init__(self, kind: str, region: str, name: str) -> None:
        super().__init__(f"There is no {kind} {name} in {region}")


class Records:
    """The control plane's documents.

    Every write is in SQLite (WAL) before the call returns. Reads come from memory. One lock orders
    all writers, so `update` is an atomic read-modify-write. Documents are JSON values plus aware
    datetimes; those come back as they went in. Raises RecordsError for a file that is no database,
    or one of another version.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = RLock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._documents: dict[tuple[str, str], dict[str, Document]] = {}
        self._observers: list[Callable[[Change], None]] = []
        try:
            self._prepare(path)
            self._load()
        except sqlite3.Error as error:
            self._database.close()
            raise RecordsError(
                f"Cannot read {path}: {error}; remove the state directory or give another one"
            ) from error

    def _prepare(self, path: Path) -> None:
        """Make the table, or check that the one there is of this version."""
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version not in (0, _VERSION):
            self._database.close()
            raise RecordsError(
                f"{path} has version {version}, this embedded AWS reads version {_VERSION}; "
                "remove the state directory or give another one"
            )
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute(_SCHEMA)
        self._database.execute(f"PRAGMA user_version={_VERSION}")

    def _load(self) -> None:
        for kind, region, name, text in self._database.execute("SELECT * FROM records"):
            self._documents.setdefault((kind, region), {})[name] = _decode(text)

    def observe(self, observer: Callable[[Change], None]) -> None:
        """Have every change told to `observer` from now on, in order.

        It is called while all other writers wait: it must be quick and may not write.
        """
        with self._lock:
            self._observers.append(observer)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let nobody else read or write between the changes that are made inside."""
        with self._lock:
            yield

    def create(self, kind: str, region: str, name: str, document: Document) -> None:
        """Store a new document; raise `AlreadyExistsError` if there is one of that name."""
        with self._lock:
            if name in self._documents.get((kind, region), {}):
                raise AlreadyExistsError(kind, region, name)
            self._write(kind, region, name, document)

    def get(self, kind: str, region: str, name: str) -> Document | None:
        """Return a copy of the document, or None."""
        with self._lock:
            document = self._documents.get((kind, region), {}).get(name)
        return None if document is None else copy.deepcopy(document)

    def update(
        self, kind: str, region: str, name: str, change: Callable[[Document], None]
    ) -> Document:
        """Let `change` edit the document in place and store the result, all under one lock.

        Returns a copy of the new document. Nothing is stored if `change` raises. Raises
        `NotFoundError` if there is no such document.
        """
        with self._lock:
            document = self.get(kind, region, name)
            if document is None:
                raise NotFoundError(kind, region, name)
            change(document)
            self._write(kind, region, name, document)
            return document

    def delete(self, kind: str, region: str, name: str) -> bool:
        """Remove the document; say whether there was one."""
        with self._lock:
            self._database.execute(
                "DELETE FROM records WHERE kind = ? AND region = ? AND name = ?",
                (kind, region, name),
            )
            before = self._documents.get((kind, region), {}).pop(name, None)
            if before is not None:
                self._tell(Change(kind=kind, region=region, before=before, after=None))
            return before is not None

    def all(self, kind: str, region: str | None = None) -> list[tuple[str, str, Document]]:
        """Return (region, name, copy of the document) of every record of a kind."""
        with self._lock:
            found = [
                (where, name, document)
                for (what, where), named in self._documents.items()
                if what == kind and region in (None, where)
                for name, document in named.items()
            ]
        return copy.deepcopy(found)

    def views(self, kind: str, region: str) -> list[Mapping[str, Any]]:
        """Return read-only views of a kind's documents, without copying them: for listings."""
        with self._lock:
            return [MappingProxyType(d) for d in self._documents.get((kind, region), {}).values()]

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._database.close()

    def _write(self, kind: str, region: str, name: str, document: Document) -> None:
        text = json.dumps(document, default=_encode_datetime)
        self._database.execute(
            "INSERT INTO records VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET document = excluded.document",
            (kind, region, name, text),
        )
        named = self._documents.setdefault((kind, region), {})
        before, named[name] = named.get(name), _decode(text)
        self._tell(Change(kind=kind, region=region, before=before, after=named[name]))

    def _tell(self, change: Change) -> None:
        for observer in self._observers:
            observer(change)


def _encode_datetime(value: object) -> dict[str, str]:
    if not isinstance(value, datetime):
        msg = f"A record holds JSON values and datetimes, not {type(value).__name__}: {value!r}"
        raise TypeError(msg)
    if value.tzinfo is None:
        msg = f"A record's datetimes are aware: {value!r}"
        raise TypeError(msg)
    return {_DATETIME: value.isoformat()}


def _decode(text: str) -> Document:
    document: Document = json.loads(text, object_hook=_decode_datetime)
    return document


def _decode_datetime(value: dict[str, Any]) -> Any:
    if value.keys() == {_DATETIME}:
        return datetime.fromisoformat(value[_DATETIME])
    return value
