"""What every benchmark ends with: its targets as a table and as JSON, missed ones included."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BENCH_DIR = Path("build/bench")


@dataclass(frozen=True, kw_only=True)
class Target:
    """One figure of ours against the peer's.

    `ratio` is ours / peer; `better` says which way is good; `target` is the ratio to reach.
    """

    name: str
    ours: float
    peer: float
    target: float
    better: Literal["lower", "higher"]

    @property
    def ratio(self) -> float:
        """Ours over the peer's."""
        return self.ours / self.peer

    @property
    def met(self) -> bool:
        """Whether the ratio reaches the target."""
        return self.ratio <= self.target if self.better == "lower" else self.ratio >= self.target

    def as_dict(self) -> dict[str, Any]:
        """The target as it is written to the JSON file."""
        return asdict(self) | {"ratio": self.ratio, "met": self.met}


def publish(name: str, targets: Sequence[Target], raw: Mapping[str, Any]) -> Path:
    """Print the table and write `build/bench/NAME.json`; answer its path."""
    _print(name, targets)
    BENCH_DIR.mkdir(parents=True, exist_ok=True)
    path = BENCH_DIR / f"{name}.json"
    document = {"name": name, "targets": [target.as_dict() for target in targets], "raw": raw}
    path.write_text(json.dumps(document, indent=2) + "\n")
    return path


def _print(name: str, targets: Sequence[Target]) -> None:
    table = Table("figure", "ours", "peer", "ratio", "target", "met", title=name)
    for target in targets:
        sign = "≤" if target.better == "lower" else "≥"
        table.add_row(
            target.name,
            f"{target.ours:,.2f}",
            f"{target.peer:,.2f}",
            f"{target.ratio:.2f}",
            f"{sign} {target.target:g}",
            "yes" if target.met else "NO",
        )
    Console().print(table)
