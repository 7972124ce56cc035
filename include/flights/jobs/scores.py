"""How good probabilities of a yes-or-no outcome are.

`labels` are 0 or 1, `scores` probabilities, `weights` how often each row counts (once, if not
given); all of shape (n,). Exact, with ties counted half.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_SMALLEST = 1e-7  # a probability of exactly 0 or 1 that is wrong would cost infinitely much


def auc(labels: Any, scores: Any, weights: Any = None) -> float:
    """The probability that a random positive scores above a random negative.

    NaN if there are no positives or no negatives.
    """
    return Ranking(labels, scores).auc(weights)


class Ranking:
    """Rows in the order of their scores, kept for computing the AUC of many weightings."""

    def __init__(self, labels: Any, scores: Any) -> None:
        self._order = np.argsort(scores, kind="stable")
        ordered = np.asarray(scores)[self._order]
        self._labels = np.asarray(labels, dtype="float64")[self._order]
        self._starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))

    def auc(self, weights: Any = None) -> float:
        """The area under the ROC curve with each row counted `weights` times."""
        weight = np.ones(len(self._labels)) if weights is None else np.asarray(weights)[self._order]
        positive = np.add.reduceat(self._labels * weight, self._starts)
        negative = np.add.reduceat((1 - self._labels) * weight, self._starts)
        below = np.cumsum(negative) - negative
        pairs = positive.sum() * negative.sum()
        won = np.sum(positive * (below + negative / 2))
        return float(won / pairs) if pairs else float("nan")


def log_losses(labels: Any, scores: Any) -> Any:
    """Each row's log loss, in nats."""
    certain = np.clip(np.asarray(scores, dtype="float64"), _SMALLEST, 1 - _SMALLEST)
    return -np.where(np.asarray(labels) > 0, np.log(certain), np.log1p(-certain))


def squared_errors(labels: Any, scores: Any) -> Any:
    """Each row's squared error; their mean is the Brier score."""
    return (np.asarray(scores, dtype="float64") - np.asarray(labels)) ** 2


def calibration(labels: Any, scores: Any, *, bins: int = 10) -> list[dict[str, float]]:
    """Predicted against observed, in bins of equal width over [0, 1]; empty bins are left out.

    A score on an edge belongs to the bin above it, 1 to the last one.
    """
    place = np.minimum((np.asarray(scores, dtype="float64") * bins).astype(int), bins - 1)
    table = []
    for number in np.unique(place):
        inside = place == number
        table.append(
            {
                "from": float(number / bins),
                "to": float((number + 1) / bins),
                "rows": int(inside.sum()),
                "predicted": float(np.mean(scores[inside], dtype="float64")),
                "observed": float(np.mean(labels[inside], dtype="float64")),
            }
        )
    return table


def expected_calibration_error(table: list[dict[str, float]]) -> float:
    """The mean distance of predicted from observed over the rows of a calibration table."""
    rows = sum(line["rows"] for line in table)
    return sum(line["rows"] * abs(line["predicted"] - line["observed"]) for line in table) / rows


def confusion(labels: Any, scores: Any, *, threshold: float) -> dict[str, dict[str, int]]:
    """Counts by actual (outer key) and predicted (inner key) class, as SageMaker reports them."""
    predicted, actual = np.asarray(scores) >= threshold, np.asarray(labels) > 0
    return {
        str(row): {
            str(column): int(np.sum((actual == row) & (predicted == column))) for column in (0, 1)
        }
        for row in (0, 1)
    }


def roc_curve(labels: Any, scores: Any, *, points: int = 51) -> tuple[list[float], list[float]]:
    """False and true positive rates from (0, 0) to (1, 1), at up to `points` thresholds."""
    order = np.argsort(-np.asarray(scores), kind="stable")
    hits = np.asarray(labels, dtype="float64")[order]
    ordered = np.asarray(scores)[order]
    last = np.flatnonzero(np.concatenate([ordered[1:] != ordered[:-1], [True]]))
    true = np.concatenate([[0.0], np.cumsum(hits)[last] / hits.sum()])
    false = np.concatenate([[0.0], np.cumsum(1 - hits)[last] / (1 - hits).sum()])
    chosen = np.unique(np.linspace(0, len(true) - 1, points).round().astype(int))
    return false[chosen].tolist(), true[chosen].tolist()
