"""A benchmark's targets: when they are met, and what is written of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks import report
from benchmarks.report import Target, publish

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("ours", "target", "met"), [(1.0, 0.1, True), (1.1, 0.1, False), (9.0, 1.0, True)]
)
def test_ratio(ours: float, target: float, *, met: bool) -> None:
    """A target is met by the ratio of ours to the peer's, the limit included."""
    found = Target(name="cost", ours=ours, peer=10.0, target=target, better="lower")

    assert found.ratio == ours / 10
    assert found.met is met


def test_more_may_be_better() -> None:
    """Where more is better, less than the target misses it."""
    speed = {"peer": 10.0, "target": 2.0, "better": "higher"}

    assert Target(name="speed", ours=20.0, **speed).met  # type: ignore[arg-type]
    assert not Target(name="speed", ours=19.0, **speed).met  # type: ignore[arg-type]


def test_absolute() -> None:
    """An absolute target is for ours, whatever the peer's."""
    lag = {"target": 0.3, "better": "lower", "absolute": True}

    assert Target(name="lag", ours=0.2, peer=0.01, **lag).met  # type: ignore[arg-type]
    assert not Target(name="lag", ours=0.4, peer=9.0, **lag).met  # type: ignore[arg-type]


@pytest.mark.parametrize(("ours", "met"), [(0.0, True), (0.1, False)])
def test_peer_without_any(ours: float, *, met: bool) -> None:
    """Against a peer's zero there is no ratio, and only zero reaches it."""
    found = Target(name="failures", ours=ours, peer=0.0, target=0.5, better="lower")

    assert found.ratio is None
    assert found.met is met


def test_missed_targets_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The JSON has every target, missed ones too, and the raw figures."""
    monkeypatch.setattr(report, "BENCH_DIR", tmp_path / "bench")
    missed = Target(name="cost", ours=2.0, peer=1.0, target=1.0, better="lower")

    document = json.loads(publish("some", [missed], {"seconds": 3}).read_text())

    assert document["raw"] == {"seconds": 3}
    (written,) = document["targets"]
    assert written == {
        "name": "cost",
        "ours": 2.0,
        "peer": 1.0,
        "target": 1.0,
        "better": "lower",
        "absolute": False,
        "ratio": 2.0,
        "met": False,
    }
