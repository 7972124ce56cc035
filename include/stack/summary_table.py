"""The summary as people read it: a short table at the end of a run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from include.stack.screen import duration

if TYPE_CHECKING:
    from collections.abc import Iterator

LABEL_WIDTH = 16
Row = tuple[str, str]


def table(summary: dict[str, Any]) -> str:
    """Return the table of a summary: a label and a fact in each row."""
    sections = (_data, _training, _quality, _endpoint, _predictions, _stages)
    rows = [row for section in sections for row in section(summary)]
    rule = "-" * (LABEL_WIDTH + 1 + max(len(fact) for _, fact in rows))
    lines = [f"{label:<{LABEL_WIDTH}} {fact}" for label, fact in rows]
    return "\n".join(["", rule, *lines, rule])


def _data(summary: dict[str, Any]) -> Iterator[Row]:
    features = summary["features"]
    yield "features", f"{sum(features.values()):,} flights of {len(features)} days"


def _training(summary: dict[str, Any]) -> Iterator[Row]:
    training = summary["training"]
    yield "training job", f"{training['job']}, {training['seconds']} s; rows each host read:"
    for host, channels in training["hosts"].items():
        yield f"  {host}", ", ".join(f"{name} {seen['rows']:,}" for name, seen in channels.items())


def _quality(summary: dict[str, Any]) -> Iterator[Row]:
    found, package = summary["evaluation"], summary["model_package"]
    yield "AUC", f"{found['auc']:.3f}   base rate {found['base_rate_auc']:.3f}"
    yield "log loss", f"{found['log_loss']:.3f}   base rate {found['base_rate_log_loss']:.3f}"
    yield "", f"on {found['rows']:,} flights of held-out later days"
    yield "model package", f"version {package['version']}, {package['approval']}"


def _endpoint(summary: dict[str, Any]) -> Iterator[Row]:
    endpoint = summary["endpoint"]
    yield "endpoint", endpoint["name"]
    for answer in endpoint["answers"]:
        truth = "it did" if answer["arrived_late"] else "it did not"
        yield "", f"{answer['flight']} arrives late: {answer['probability']:.2f}; {truth}"


def _predictions(summary: dict[str, Any]) -> Iterator[Row]:
    predictions = summary["predictions"]
    yield "predictions", f"{sum(predictions.values()):,} flights of {len(predictions)} days"


def _stages(summary: dict[str, Any]) -> Iterator[Row]:
    for stage in summary["stages"]:
        first, *others = _jobs(stage["jobs"]) or [""]
        yield f"  {stage['name']}", f"{duration(stage['seconds']):>11}   {first}".rstrip()
        yield from (("", f"{'':>11}   {other}") for other in others)
    yield "total", f"{duration(summary['seconds']):>11}"


def _jobs(jobs: list[dict[str, Any]]) -> list[str]:
    """Return the name of each kind's last job, and how many more there were."""
    counts = Counter(job["kind"] for job in jobs)
    last = {job["kind"]: job["name"] for job in jobs}
    return [
        name if counts[kind] == 1 else f"{name} and {counts[kind] - 1} more"
        for kind, name in last.items()
    ]
