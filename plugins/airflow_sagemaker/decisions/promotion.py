"""Whether a freshly trained model may replace the one in force."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from airflow_sagemaker.exceptions import EvaluationReportError

Approval = Literal["Approved", "PendingManualApproval", "Rejected"]


@dataclass(frozen=True, kw_only=True)
class PromotionRule:
    """What a challenger must show on held-out days.

    :param min_rows: fewer rows decide nothing
    :param min_auc: smallest area under the ROC curve; a coin has 0.5
    :param min_log_loss_gain: how much lower than the base rate's the log loss must be, as a share
    :param max_calibration_error: largest expected calibration error
    :param min_gain_over_champion: how much lower than the champion's the log loss must be, in nats
    :param max_doubt: how far below zero the confidence interval of that gain may reach, in nats
    """

    min_rows: int = 1000
    min_auc: float = 0.55
    min_log_loss_gain: float = 0.0
    max_calibration_error: float = 0.1
    min_gain_over_champion: float = 0.0
    max_doubt: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Scores:
    """How a predictor did on the held-out rows.

    :param auc: area under the ROC curve
    :param log_loss: mean negative log likelihood, in nats
    :param calibration_error: expected calibration error
    """

    auc: float
    log_loss: float
    calibration_error: float

    @classmethod
    def read(cls, report: Mapping[str, Any], name: str) -> Scores:
        """Read one predictor's scores out of an evaluation report.

        :raises EvaluationReportError: if one of them lacks or is no number
        """
        scores = report.get(name)
        if not isinstance(scores, Mapping):
            raise EvaluationReportError(
                f"the evaluation report has no {name!r}; the evaluation script must write it"
            )
        fields = ("auc", "log_loss", "calibration_error")
        return cls(**{field: _number(scores.get(field), f"{name}.{field}") for field in fields})


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """A challenger beside what it must beat, all on the same rows.

    :param rows: held-out rows with a known outcome
    :param champion: the version in force; None if there is none
    :param gain_at_least: lower end of the confidence interval of the gain over the champion, in
        nats of log loss; None if the evaluation gives no interval
    """

    rows: int
    challenger: Scores
    base_rate: Scores
    champion: Scores | None = None
    gain_at_least: float | None = None

    @classmethod
    def read(cls, report: Mapping[str, Any]) -> Evaluation:
        """Read an evaluation report.

        It must have `rows` and the scores of `challenger` and `base_rate`; `champion` may be null
        or absent, `gain_over_champion.log_loss.interval` too.

        :raises EvaluationReportError: naming what it lacks
        """
        champion = Scores.read(report, "champion") if report.get("champion") else None
        return cls(
            rows=int(_number(report.get("rows"), "rows")),
            challenger=Scores.read(report, "challenger"),
            base_rate=Scores.read(report, "base_rate"),
            champion=champion,
            gain_at_least=_gain_at_least(report),
        )

    @property
    def gain_over_base_rate(self) -> float:
        """Share of the base rate's log loss that the challenger saves."""
        base = self.base_rate.log_loss
        return (base - self.challenger.log_loss) / base if base else 0.0


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """The decision and its reasons, each a sentence for the registry."""

    approval: Approval
    reasons: tuple[str, ...]


def decide(evaluation: Evaluation, rule: PromotionRule) -> Promotion:
    """Decide about a challenger.

    One that is not fit on its own is rejected. One that is fit but does not beat the champion, or
    was seen on too few rows, is left to a person. One that is fit and ahead is approved.
    """
    failings = tuple(_failings(evaluation, rule))
    if failings:
        return Promotion(approval="Rejected", reasons=failings)
    doubts = tuple(_doubts(evaluation, rule))
    if doubts:
        return Promotion(approval="PendingManualApproval", reasons=doubts)
    return Promotion(approval="Approved", reasons=(_praise(evaluation),))


def _failings(evaluation: Evaluation, rule: PromotionRule) -> Iterator[str]:
    challenger, gain = evaluation.challenger, evaluation.gain_over_base_rate
    if challenger.auc < rule.min_auc:
        yield f"AUC {challenger.auc:.4f} is below {rule.min_auc:g}"
    if gain <= 0 or gain < rule.min_log_loss_gain:
        yield f"log loss is {gain:.2%} lower than the base rate's, not {rule.min_log_loss_gain:.2%}"
    if challenger.calibration_error > rule.max_calibration_error:
        yield (
            f"calibration error {challenger.calibration_error:.4f} is above "
            f"{rule.max_calibration_error:g}"
        )


def _doubts(evaluation: Evaluation, rule: PromotionRule) -> Iterator[str]:
    if evaluation.rows < rule.min_rows:
        yield f"only {evaluation.rows} rows, not {rule.min_rows}"
    if evaluation.champion is None:
        return
    gain = evaluation.champion.log_loss - evaluation.challenger.log_loss
    if gain <= 0 or gain < rule.min_gain_over_champion:
        yield (
            f"log loss {evaluation.challenger.log_loss:.4f} against the champion's "
            f"{evaluation.champion.log_loss:.4f} is no gain above {rule.min_gain_over_champion:g}"
        )
    elif evaluation.gain_at_least is not None and evaluation.gain_at_least < -rule.max_doubt:
        yield (
            f"the gain of {gain:.4f} over the champion may as well be "
            f"{evaluation.gain_at_least:.4f}, which is below {0.0 - rule.max_doubt:g}"
        )


def _praise(evaluation: Evaluation) -> str:
    praise = (
        f"AUC {evaluation.challenger.auc:.4f} on {evaluation.rows} rows; "
        f"log loss {evaluation.gain_over_base_rate:.2%} lower than the base rate's"
    )
    if evaluation.champion is None:
        return f"{praise}; there is no champion"
    gain = evaluation.champion.log_loss - evaluation.challenger.log_loss
    return f"{praise} and {gain:.4f} lower than the champion's"


def _gain_at_least(report: Mapping[str, Any]) -> float | None:
    gain = (report.get("gain_over_champion") or {}).get("log_loss") or {}
    interval = gain.get("interval")
    return _number(interval[0], "gain_over_champion.log_loss.interval") if interval else None


def _number(value: Any, name: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise EvaluationReportError(
        f"the evaluation report's {name} is {value!r}, not a number; "
        "the evaluation script must write it"
    )
