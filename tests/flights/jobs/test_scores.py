"""Scores are what their definitions say, ties and weights included."""

from __future__ import annotations

import math
import random
from itertools import product
from typing import Any

import pytest

from tests.flights.container_run import in_jobs_world

SCORES = """
import json, sys
import numpy as np
import scores
from day_bootstrap import Draws
answers = []
for labels, predicted, weights, days in json.load(sys.stdin):
    y, p, w = np.array(labels), np.array(predicted), np.array(weights)
    table = scores.calibration(y, p)
    draws = Draws.of(np.array(days), resamples=5, seed=3)
    answers.append({
        "auc": scores.auc(y, p),
        "weighted_auc": scores.auc(y, p, w),
        "log_loss": scores.log_losses(y, p).mean(),
        "brier": scores.squared_errors(y, p).mean(),
        "calibration": table,
        "calibration_error": scores.expected_calibration_error(table),
        "confusion": scores.confusion(y, p, threshold=0.5),
        "roc": scores.roc_curve(y, p, points=len(labels) + 1),
        "counts": draws.counts.tolist(),
        "means": draws.means(p).tolist(),
        "aucs": [None if a != a else a for a in draws.aucs(y, p).tolist()],
    })
print(json.dumps(answers))
"""
Case = tuple[list[int], list[float], list[int], list[str]]


def case(seed: int) -> Case:
    """Return labels of both kinds, probabilities with many ties, weights and days."""
    chance = random.Random(seed)  # noqa: S311  # repeatable
    size = chance.randrange(4, 40)
    labels = [0, 1, *(chance.randrange(2) for _ in range(size - 2))]
    steps = chance.choice([3, 10, 1000])
    predicted = [chance.randrange(steps + 1) / steps for _ in labels]
    weights = [chance.randrange(1, 4) for _ in labels]
    days = [f"2013-01-0{chance.randrange(1, 5)}" for _ in labels]
    return labels, predicted, weights, days


CASES = [case(seed) for seed in range(60)]


@pytest.fixture(scope="module")
def answers() -> list[dict[str, Any]]:
    """What the job's code says of all cases."""
    found: list[dict[str, Any]] = in_jobs_world(SCORES, CASES)
    return found


def pairwise_auc(labels: list[int], predicted: list[float]) -> float | None:
    """Return the share of pairs of a positive and a negative that are in order; a tie is half."""
    positive = [p for y, p in zip(labels, predicted, strict=True) if y]
    negative = [p for y, p in zip(labels, predicted, strict=True) if not y]
    won = [1.0 if a > b else 0.5 if a == b else 0.0 for a, b in product(positive, negative)]
    return sum(won) / len(won) if won else None


def repeated(values: list[Any], times: list[int]) -> list[Any]:
    """Return each value as often as it counts."""
    return [value for value, n in zip(values, times, strict=True) for _ in range(n)]


def test_auc_is_the_share_of_ordered_pairs(answers: list[dict[str, Any]]) -> None:
    """With weights, a row counts as if it were there that often."""
    for (labels, predicted, weights, _), answer in zip(CASES, answers, strict=True):
        assert answer["auc"] == pytest.approx(pairwise_auc(labels, predicted))
        assert answer["weighted_auc"] == pytest.approx(
            pairwise_auc(repeated(labels, weights), repeated(predicted, weights))
        )


def test_log_loss_and_brier_are_the_textbooks(answers: list[dict[str, Any]]) -> None:
    """Certainty that is wrong costs 16 nats, not infinitely many."""
    for (labels, predicted, _, _), answer in zip(CASES, answers, strict=True):
        pairs = list(zip(labels, predicted, strict=True))
        kept = [(y, min(max(p, 1e-7), 1 - 1e-7)) for y, p in pairs]
        loss = -sum(math.log(p if y else 1 - p) for y, p in kept) / len(kept)
        assert answer["log_loss"] == pytest.approx(loss)
        assert answer["brier"] == pytest.approx(sum((p - y) ** 2 for y, p in pairs) / len(pairs))


def test_calibration_compares_prediction_and_outcome_by_tenths(
    answers: list[dict[str, Any]],
) -> None:
    """Every row is in one bin, and the error is the rows' mean distance."""
    for (labels, predicted, _, _), answer in zip(CASES, answers, strict=True):
        expected, error = [], 0.0
        for tenth in range(10):
            inside = [
                (y, p)
                for y, p in zip(labels, predicted, strict=True)
                if min(int(p * 10), 9) == tenth
            ]
            if not inside:
                continue
            seen = sum(p for _, p in inside) / len(inside)
            happened = sum(y for y, _ in inside) / len(inside)
            expected.append((tenth / 10, len(inside), seen, happened))
            error += len(inside) * abs(seen - happened) / len(labels)
        found = [
            (line["from"], line["rows"], line["predicted"], line["observed"])
            for line in answer["calibration"]
        ]
        assert found == [pytest.approx(line) for line in expected]
        assert answer["calibration_error"] == pytest.approx(error)


def test_the_confusion_matrix_counts_every_row(answers: list[dict[str, Any]]) -> None:
    """The outer key is what happened, the inner what was predicted, from one half on."""
    for (labels, predicted, _, _), answer in zip(CASES, answers, strict=True):
        expected = {str(a): {str(b): 0 for b in (0, 1)} for a in (0, 1)}
        for y, p in zip(labels, predicted, strict=True):
            expected[str(y)][str(int(p >= 0.5))] += 1
        assert answer["confusion"] == expected


def test_the_area_under_the_curve_is_the_auc(answers: list[dict[str, Any]]) -> None:
    """The ROC curve runs from corner to corner, and its trapezoids add up."""
    for answer in answers:
        false, true = answer["roc"]
        steps = range(1, len(false))
        area = sum((false[i] - false[i - 1]) * (true[i] + true[i - 1]) / 2 for i in steps)
        assert (false[0], true[0], false[-1], true[-1]) == (0, 0, 1, 1)
        assert area == pytest.approx(answer["auc"])


def test_resampling_draws_whole_days(answers: list[dict[str, Any]]) -> None:
    """As many days as there are, and a row counts as often as its day was drawn."""
    for (labels, predicted, _, days), answer in zip(CASES, answers, strict=True):
        names = sorted(set(days))
        assert len(names) < 3 or len({tuple(counts) for counts in answer["counts"]}) > 1
        for counts, mean, auc in zip(
            answer["counts"], answer["means"], answer["aucs"], strict=True
        ):
            assert sum(counts) == len(names) == len(counts)
            times = [counts[names.index(day)] for day in days]
            drawn = repeated(predicted, times)
            assert mean == pytest.approx(sum(drawn) / len(drawn))
            expected = pairwise_auc(repeated(labels, times), drawn)
            assert auc == (None if expected is None else pytest.approx(expected))
