"""Processing job: how good a model is on days later than its training, and the champion on them.

    evaluate.py --min-log-loss-gain 0.02 --champion-gain 0 --seed 7

Reads `/opt/ml/processing/input`: `challenger/model.tar.gz` (or `model/model.tar.gz`), features
partitions in `test`, and `champion/model.tar.gz` (the folder may be absent or empty). Writes
`/opt/ml/processing/output/evaluation/evaluation.json`: SageMaker's model quality layout
(`binary_classification_metrics`) and beside it `challenger`, `base_rate` and `champion`, each with
`auc`, `log_loss`, `brier` and `calibration_error`, the gain over the champion, and two verdicts.

The base rate predictor always answers the share of late flights on the very test days: no constant
does better, so to beat it is to know something about single flights.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import container
import numpy as np
import packed_model
import partitions
import scores
from day_bootstrap import Draws, interval, spread

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

_THRESHOLD = 0.5
_DIGITS = 6


@dataclass(frozen=True)
class Assessed:
    """A model's probabilities for the test flights, and how they fared, also in each resample."""

    model: packed_model.PackedModel
    predicted: Any
    log_losses: Any
    resampled: dict[str, Any]


def main() -> None:
    """Evaluate, write the report and say in one line what it says."""
    given = _arguments()
    model = packed_model.read(_archive("challenger", "model"), "challenger")
    rows = partitions.read(container.processing_input("test"))
    _check(model, rows)
    draws = Draws.of(rows.days, resamples=given.resamples, seed=given.seed)
    challenger = _assess(model, rows, draws)
    archive = _archive("champion")
    champion = None
    if archive.is_file():
        champion = _assess(packed_model.read(archive, "champion"), rows, draws)
    report = _report(rows, challenger, champion, given)
    output = container.processing_output("evaluation")
    output.mkdir(parents=True, exist_ok=True)
    (output / "evaluation.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    container.exit_message(_in_one_line(report))


def _archive(*inputs: str) -> Path:
    """The model.tar.gz of the first of these inputs that has one, else where it was expected."""
    places = [container.processing_input(name) / "model.tar.gz" for name in inputs]
    return next((place for place in places if place.is_file()), places[0])


def _arguments() -> argparse.Namespace:
    arguments = container.Arguments(description="Evaluate the flights model.")
    for name, default, meaning in (
        ("min-log-loss-gain", 0.02, "share of the base rate's log loss that the model must save"),
        ("min-auc", 0.6, "AUC the model must reach to be better than the base rate"),
        ("champion-gain", 0.0, "log loss the model must save more than this against the champion"),
        ("champion-tolerance", 0.0, "how far below 0 the gain's interval may reach"),
        ("confidence", 0.95, "of the intervals"),
    ):
        arguments.option(name, type=container.at_least(0.0), default=default, help=meaning)
    arguments.option("resamples", type=container.at_least(2), default=400)
    arguments.option("seed", type=container.at_least(0), default=7)
    return arguments.parse_args()


def _check(model: packed_model.PackedModel, rows: partitions.Rows) -> None:
    """The model has not seen the test days, nor later ones, and these have two kinds of flights."""
    last, first = str(model.training["last_day"]), str(min(rows.days))
    if first <= last:
        raise container.JobError(
            f"the test days must be later than training and validation: they begin on {first}, "
            f"the model has seen days up to {last}"
        )
    if not 0 < rows.labels.sum() < len(rows):
        raise container.JobError("the test days need late flights and flights that are not late")


def _assess(model: packed_model.PackedModel, rows: partitions.Rows, draws: Draws) -> Assessed:
    predicted = np.asarray(model.probabilities(rows.features), dtype="float64")
    losses = scores.log_losses(rows.labels, predicted)
    resampled = {
        "auc": draws.aucs(rows.labels, predicted),
        "log_loss": draws.means(losses),
        "brier": draws.means(scores.squared_errors(rows.labels, predicted)),
    }
    return Assessed(model, predicted, losses, resampled)


def _report(
    rows: partitions.Rows,
    challenger: Assessed,
    champion: Assessed | None,
    given: argparse.Namespace,
) -> dict[str, Any]:
    metrics = _metrics(rows, challenger, given)
    base_rate = _base_rate(rows, challenger)
    gain = _gain(rows, challenger, champion, given) if champion else None
    report = {
        "version": 0.0,
        "dataset": {
            "item_count": len(rows),
            "unlabelled": rows.unlabelled,
            "days": len(set(rows.days)),
            "first_day": str(min(rows.days)),
            "last_day": str(max(rows.days)),
        },
        "binary_classification_metrics": _sagemaker_metrics(rows, challenger),
        "rows": len(rows),
        "challenger": metrics,
        "base_rate": base_rate,
        "champion": _metrics(rows, champion, given) if champion else None,
        "gain_over_champion": gain,
        "better_than_base_rate": bool(
            metrics["auc"] >= given.min_auc
            and 1 - metrics["log_loss"] / base_rate["log_loss"] >= given.min_log_loss_gain
        ),
        "better_than_champion": gain is None or _surely_better(gain["log_loss"], given),
        "thresholds": vars(given),
    }
    return dict(_rounded(report))


def _base_rate(rows: partitions.Rows, challenger: Assessed) -> dict[str, float]:
    """What the best constant prediction would have scored, and training's own base rate."""
    rate = float(np.mean(rows.labels, dtype="float64"))
    trained = challenger.model.training["base_rate"]
    return {
        "prediction": rate,
        "auc": 0.5,
        "log_loss": float(scores.log_losses(rows.labels, np.full(len(rows), rate)).mean()),
        "brier": rate * (1 - rate),
        "calibration_error": 0.0,
        "prediction_of_training": trained,
        "log_loss_of_training": float(
            scores.log_losses(rows.labels, np.full(len(rows), trained)).mean()
        ),
    }


def _metrics(
    rows: partitions.Rows, assessed: Assessed, given: argparse.Namespace
) -> dict[str, Any]:
    table = scores.calibration(rows.labels, assessed.predicted)
    return {
        "auc": scores.auc(rows.labels, assessed.predicted),
        "log_loss": float(assessed.log_losses.mean()),
        "brier": float(scores.squared_errors(rows.labels, assessed.predicted).mean()),
        "calibration_error": scores.expected_calibration_error(table),
        "mean_prediction": float(assessed.predicted.mean()),
        "calibration": table,
        "intervals": {
            name: _interval(rows, values, given) for name, values in assessed.resampled.items()
        },
        "trained_until": assessed.model.training["last_day"],
        "saw_test_days": bool(assessed.model.training["last_day"] >= str(min(rows.days))),
    }


def _gain(
    rows: partitions.Rows, challenger: Assessed, champion: Assessed, given: argparse.Namespace
) -> dict[str, Any]:
    """What the challenger gains on the champion, on the same flights; above 0 is better."""
    saved = champion.resampled["log_loss"] - challenger.resampled["log_loss"]
    won = challenger.resampled["auc"] - champion.resampled["auc"]
    return {
        "log_loss": {
            "value": float((champion.log_losses - challenger.log_losses).mean()),
            "interval": _interval(rows, saved, given),
        },
        "auc": {
            "value": scores.auc(rows.labels, challenger.predicted)
            - scores.auc(rows.labels, champion.predicted),
            "interval": _interval(rows, won, given),
        },
    }


def _interval(rows: partitions.Rows, values: Any, given: argparse.Namespace) -> list[float] | None:
    """The interval of resampled values; None if a single day leaves nothing to draw from."""
    return interval(values, given.confidence) if len(set(rows.days)) > 1 else None


def _surely_better(gain: dict[str, Any], given: argparse.Namespace) -> bool:
    """A gain above the threshold that other days would hardly have turned into a loss."""
    if gain["interval"] is None:
        return False
    sure = gain["interval"][0] >= -given.champion_tolerance
    return bool(sure and gain["value"] > given.champion_gain)


def _sagemaker_metrics(rows: partitions.Rows, assessed: Assessed) -> dict[str, Any]:
    """The part of SageMaker's model quality report that a promotion may look at."""
    matrix = scores.confusion(rows.labels, assessed.predicted, threshold=_THRESHOLD)
    (true_negative, false_positive), (false_negative, true_positive) = (
        (matrix[actual]["0"], matrix[actual]["1"]) for actual in ("0", "1")
    )
    false_rates, true_rates = scores.roc_curve(rows.labels, assessed.predicted)
    values = {
        "accuracy": (true_negative + true_positive) / len(rows),
        "precision": true_positive / max(1, true_positive + false_positive),
        "recall": true_positive / max(1, true_positive + false_negative),
        "auc": scores.auc(rows.labels, assessed.predicted),
    }
    deviations = {"auc": spread(assessed.resampled["auc"])}
    return {
        "confusion_matrix": matrix,
        **{
            name: {"value": value, "standard_deviation": deviations.get(name)}
            for name, value in values.items()
        },
        "receiver_operating_characteristic_curve": {
            "false_positive_rates": false_rates,
            "true_positive_rates": true_rates,
        },
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(value, _DIGITS) if isinstance(value, float) else value


def _in_one_line(report: dict[str, Any]) -> str:
    challenger, base, champion = (report[k] for k in ("challenger", "base_rate", "champion"))
    beside = f"champion AUC {champion['auc']:.4f}" if champion else "there is no champion"
    return (
        f"{report['rows']} flights: AUC {challenger['auc']:.4f}, log loss "
        f"{challenger['log_loss']:.4f} against {base['log_loss']:.4f} of the base rate; {beside}"
    )


if __name__ == "__main__":
    container.run(main)
