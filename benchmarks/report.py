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

    :param target: the ratio ours / peer to reach; the figure of ours itself if it is `absolute`
    :param better: which way is good
    :param absolute: whether the target is for ours alone; the peer's is there to compare
    """

    name: str
    ours: float
    peer: float
    target: float
    better: Literal["lower", "higher"]
    absolute: bool = False

    @property
    def ratio(self) -> float | None:
        """Ours over the peer's; None if the peer's is zero."""
        return self.ours / self.peer if self.peer else None

    @property
    def met(self) -> bool:
        """Whether ours, or the ratio, reaches the target."""
        limit = self.target if self.absolute else self.target * self.peer
        return self.ours <= limit if self.better == "lower" else self.ours >= limit

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
        whose = "ours " if target.absolute else ""
        table.add_row(
            target.name,
            f"{target.ours:,.2f}",
            f"{target.peer:,.2f}",
            "-" if target.ratio is None else f"{target.ratio:.3g}",
            f"{whose}{sign} {target.target:.3g}",
            "yes" if target.met else "NO",
        )
    Console().print(table)
