"""The rules in force, and how often each has struck."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.local_aws.faults.rules import AwsRequest, Effect, FaultRule

_E = TypeVar("_E", bound="Effect")


class NoRuleError(Exception):
    """There is no rule of that id."""


@dataclass
class _Entry:
    id: str
    rule: FaultRule
    seen: int = 0
    hits: int = 0
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.rule.occasion.seed)  # noqa: S311 - to be repeatable

    def strikes(self, request: AwsRequest) -> bool:
        """Say whether the rule strikes a request, and count it."""
        occasion = self.rule.occasion
        if not self.rule.selection.fits(request):
            return False
        self.seen += 1
        if self.seen <= occasion.skip or self.hits == occasion.calls:
            return False
        if self.chance.random() >= occasion.probability:
            return False
        self.hits += 1
        return True

    def document(self) -> dict[str, Any]:
        return {**self.rule.given, "id": self.id, "seen": self.seen, "hits": self.hits}


class Rulebook:
    """The rules, in the order in which they were added; thread-safe."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._added = 0
        self._lock = Lock()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not self._entries

    def add(self, rules: Sequence[FaultRule]) -> list[dict[str, Any]]:
        """Put rules in force; what `documents` tells of them."""
        with self._lock:
            entries = []
            for rule in rules:
                self._added += 1
                entries.append(_Entry(f"fault-{self._added}", rule))
            self._entries = [*self._entries, *entries]
            return [entry.document() for entry in entries]

    def documents(self) -> list[dict[str, Any]]:
        """Return each rule as it was given, with its id and counts."""
        with self._lock:
            return [entry.document() for entry in self._entries]

    def remove(self, rule_id: str | None = None) -> list[dict[str, Any]]:
        """Remove all rules, or one; return them. Raise `NoRuleError` if there is no such rule."""
        with self._lock:
            gone = [entry for entry in self._entries if rule_id in (None, entry.id)]
            if rule_id is not None and not gone:
                raise NoRuleError(f"There is no fault rule {rule_id}")
            self._entries = [entry for entry in self._entries if entry not in gone]
            return [entry.document() for entry in gone]

    def take(self, kind: type[_E], request: AwsRequest) -> _E | None:
        """Return what befalls a request, or the job it creates; counts the rule that strikes."""
        with self._lock:
            for entry in self._entries:
                effect = entry.rule.effect
                if isinstance(effect, kind) and entry.strikes(request):
                    return effect
        return None
