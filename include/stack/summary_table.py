"""The summary as people read it: a short table at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.stack.screen import duration

if TYPE_CHECKING:
    from collections.abc import Iterator

LABEL_WIDTH = 18


def table(summary: dict[str, Any]) -> str:
    """Return the table of a summary: a label and a fact in each row."""
    rows = [*_data(summary), *_training(summary), *_serving(summary), *_work(summary)]
    width = max(len(fact) for _, fact in rows)
    rule = "-" * (LABEL_WIDTH + 1 + width)
    lines = [f"{label:<{LABEL_WIDTH}} {fact}".rstrip() for label, fact in rows]
    return "\n".join(["", rule, *lines, rule])


def _data(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    features = summary["features"]
    yield "features", f"{sum(features.values()):,} rows in {len(features)} days"


def _training(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    training = summary["training"]
    for host, channels in training["hosts"].items():
        read = ", ".join(f"{seen['rows']:,} {name} rows" for name, seen in channels.items())
        yield f"host {host}", f"read {read}"
    found = summary["evaluation"]
    yield from _quality(found)
    package = summary["model_package"]
    yield "model package", f"version {package['version']}, {package['approval']}"


def _quality(evaluation: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "AUC", f"{evaluation['auc']:.3f} (base rate 0.5)"


def _serving(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    endpoint = summary["endpoint"]
    yield "endpoint", endpoint["name"]
    for answer in endpoint["answers"]:
        truth = "arrived late" if answer["arrived_late"] else "was on time"
        yield "", f"{answer['flight']}: {answer['probability']:.2f} late, and it {truth}"
    predictions = summary["predictions"]
    yield "predictions", f"{sum(predictions.values()):,} rows in {len(predictions)} days"


def _work(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for kind in ("processing", "training", "transform"):
        jobs = [job for job in summary["jobs"] if job["kind"] == kind]
        if jobs:
            yield f"{kind} jobs", f"{len(jobs)}, such as {jobs[-1]['name']}"
    stages = ", ".join(f"{name} {duration(taken)}" for name, taken in summary["stages"].items())
    yield "stages", stages
    yield "total", duration(summary["seconds"])
