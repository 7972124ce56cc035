"""What a job says about itself in its tags: whose it is, from which try, and what was asked for."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "airflow-sagemaker:"
"""Starts the key of every tag of ours; no tag of the request's own may."""

VALUE_LIMIT = 256
"""Longest value of an AWS tag, in characters."""

_UNATTENDED = "no"
_UNKNOWN = "unknown"
_PIECE = VALUE_LIMIT - 1
_PLAIN = frozenset("_.:/+-@")
_PLAIN_CATEGORIES = frozenset("LN")
_ESCAPED = re.compile(r"(?:=[0-9A-F]{2})+")


@dataclass(frozen=True, kw_only=True)
class Owner:
    """A task of a run, which may have made a job or wait for it.

    :param map_index: -1 for a task that is not mapped
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int = -1

    @property
    def parts(self) -> tuple[str, ...]:
        """What an identity of this task in this run is made from."""
        return ("run", self.dag_id, self.run_id, self.task_id, str(self.map_index))

    def __str__(self) -> str:
        index = "" if self.map_index < 0 else f"[{self.map_index}]"
        return f"task {self.task_id}{index} of run {self.run_id} of Dag {self.dag_id}"


@dataclass(frozen=True, kw_only=True)
class JobMarks:
    """What a job's tags say.

    :param identity: the identity's hash in full
    :param layout: version of the name layout
    :param owner: the task that made the job
    :param series: first try of the tries among which the job was made; None if a triggerer made it,
        which does not know
    :param try_number: the try that made it
    :param fingerprint: the logical request's; empty if unknown
    :param holder: the task that came upon the job last and waits for it; its maker at first
    :param holder_try: that task's try; the making try at first
    :param attended: whether a task waits for the job; else it may outlive its task
    :param final_try: the try that no retry can follow, so that a newer one is a user's clear; 0 if
        a retry may follow
    """

    namespace: str
    identity: str
    layout: str
    owner: Owner
    series: int | None
    try_number: int
    generation: int
    fingerprint: str
    holder: Owner
    holder_try: int
    attended: bool = True
    final_try: int = 0

    @classmethod
    def read(cls, tags: Mapping[str, str]) -> JobMarks | None:
        """Read a job's tags; None if they are not ours, or somebody has tampered with them."""
        try:
            return cls._read({key: value for key, value in tags.items() if key.startswith(PREFIX)})
        except (KeyError, ValueError):
            return None

    @classmethod
    def _read(cls, tags: Mapping[str, str]) -> JobMarks:
        owner, try_number = _read_owner(tags, ""), int(tags[f"{PREFIX}try"])
        is_held_by_other = f"{PREFIX}owner-dag" in tags
        return cls(
            namespace=tags[f"{PREFIX}namespace"],
            identity=tags[f"{PREFIX}identity"],
            layout=tags[f"{PREFIX}layout"],
            owner=owner,
            series=_read_series(tags[f"{PREFIX}series"]),
            try_number=try_number,
            generation=int(tags[f"{PREFIX}generation"]),
            fingerprint=tags.get(f"{PREFIX}fingerprint", ""),
            holder=_read_owner(tags, "owner-") if is_held_by_other else owner,
            holder_try=int(tags.get(f"{PREFIX}owner-try", try_number)),
            attended=tags.get(f"{PREFIX}attended") != _UNATTENDED,
            final_try=int(tags.get(f"{PREFIX}final-try", 0)),
        )

    @property
    def owners(self) -> tuple[Owner, ...]:
        """Every task known to have to do with the job: its maker, and its holder if another."""
        return (self.owner,) if self.holder == self.owner else (self.owner, self.holder)

    def latest_try(self, owner: Owner) -> int | None:
        """Give the latest known try of a task that made or held the job; None if it did neither."""
        tries = []
        if owner == self.owner:
            tries.append(self.try_number)
        if owner == self.holder:
            tries.append(self.holder_try)
        return max(tries, default=None)

    def tags(self) -> dict[str, str]:
        """Give the tags of a job that is about to be made; its holder is its maker."""
        return {
            f"{PREFIX}namespace": self.namespace,
            f"{PREFIX}identity": self.identity,
            f"{PREFIX}layout": self.layout,
            **_owner_tags(self.owner, ""),
            f"{PREFIX}series": _UNKNOWN if self.series is None else str(self.series),
            f"{PREFIX}try": str(self.try_number),
            f"{PREFIX}generation": str(self.generation),
            f"{PREFIX}fingerprint": self.fingerprint,
            **({} if self.attended else {f"{PREFIX}attended": _UNATTENDED}),
            **(final_tags(self.final_try) if self.final_try else {}),
        }


def holder_tags(holder: Owner, try_number: int, *, shared: bool) -> dict[str, str]:
    """Give the tags with which a try takes hold of a job it came upon.

    :param shared: whether other tasks have the same identity, so that the try alone says too little
    """
    tags = {f"{PREFIX}owner-try": str(try_number)}
    return {**_owner_tags(holder, "owner-"), **tags} if shared else tags


def final_tags(try_number: int) -> dict[str, str]:
    """Give the tags that say which try no retry can follow; 0 if a retry may follow."""
    return {f"{PREFIX}final-try": str(try_number)}


def encode(text: str) -> str:
    """Write a text as a tag's value, in full and so that it can be read back.

    AWS takes letters, digits, spaces and `_.:/=+-@`. What else there is, `=` itself and spaces
    (which may be trimmed) become `=XX` for each byte of their UTF-8.
    """
    return "".join(_encoded(character) for character in text)


def decode(value: str) -> str:
    """Read back what `encode` wrote."""
    return _ESCAPED.sub(lambda found: _unescaped(found.group()), value)


def _encoded(character: str) -> str:
    if character in _PLAIN or unicodedata.category(character)[0] in _PLAIN_CATEGORIES:
        return character
    return "".join(f"={byte:02X}" for byte in character.encode(errors="surrogatepass"))


def _unescaped(escaped: str) -> str:
    return bytes.fromhex(escaped.replace("=", "")).decode(errors="surrogatepass")


def _owner_tags(owner: Owner, prefix: str) -> dict[str, str]:
    return {
        **_long(f"{PREFIX}{prefix}dag", owner.dag_id),
        **_long(f"{PREFIX}{prefix}run", owner.run_id),
        **_long(f"{PREFIX}{prefix}task", owner.task_id),
        f"{PREFIX}{prefix}map-index": str(owner.map_index),
    }


def _read_owner(tags: Mapping[str, str], prefix: str) -> Owner:
    return Owner(
        dag_id=_read_long(tags, f"{PREFIX}{prefix}dag"),
        run_id=_read_long(tags, f"{PREFIX}{prefix}run"),
        task_id=_read_long(tags, f"{PREFIX}{prefix}task"),
        map_index=int(tags[f"{PREFIX}{prefix}map-index"]),
    )


def _read_series(text: str) -> int | None:
    return None if text == _UNKNOWN else int(text)


def _long(key: str, text: str) -> dict[str, str]:
    """Spread a text over as many tags as it needs: `key`, `key.2`, `key.3`.

    A value that goes on in the next tag ends with a bare `=`, which `encode` never writes last. So
    what an earlier, longer text has left behind is not taken for a part of this one.
    """
    value = encode(text)
    pieces = [value[at : at + _PIECE] for at in range(0, len(value), _PIECE)] or [""]
    *early, last = pieces
    values = [*(f"{piece}=" for piece in early), last]
    return {_piece_key(key, number): piece for number, piece in enumerate(values, start=1)}


def _read_long(tags: Mapping[str, str], key: str) -> str:
    value = tags[key]
    number = 2
    while value.endswith("="):
        value = value[:-1] + tags[_piece_key(key, number)]
        number += 1
    return decode(value)


def _piece_key(key: str, number: int) -> str:
    return key if number == 1 else f"{key}.{number}"
