"""Whether a freshly trained model may replace the one in force."""

from __future__ import annotations

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
    :param min_auc_gain_over_champion: how much the area must grow over the champion's; may be
        negative where a model no worse than the last is good enough
    """

    min_rows: int = 1000
    min_auc: float = 0.55
    min_log_loss_gain: float = 0.0
    max_calibration_error: float = 0.1
    min_auc_gain_over_champion: float = 0.0


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
    """

    rows: int
    challenger: Scores
    base_rate: Scores
    champion: Scores | None = None

    @classmethod
    def read(cls, report: Mapping[str, Any]) -> Evaluation:
        """Read an evaluation report.

        :raises EvaluationReportError: naming what it lacks
        """
        champion = Scores.read(report, "champion") if report.get("champion") else None
        return cls(
            rows=int(_number(report.get("rows"), "rows")),
            challenger=Scores.read(report, "challenger"),
            base_rate=Scores.read(report, "base_rate"),
            champion=champion,
        )


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """The decision and its reasons, each a sentence for the registry."""

    approval: Approval
    reasons: tuple[str, ...]


def decide(evaluation: Evaluation, rule: PromotionRule) -> Promotion:
    """Decide about a challenger.

    One that is not fit on its own is rejected. One that is fit but does not beat the champion, or was
    seen on too few rows, is left to a person. One that is fit and ahead is approved.
    """
    failings = tuple(_failings(evaluation, rule))
    if failings:
        return Promotion(approval="Rejected", reasons=failings)
    doubts = tuple(_doubts(evaluation, rule))
    if doubts:
        return Promotion(approval="PendingManualApproval", reasons=doubts)
    return Promotion(approval="Approved", reasons=(_praise(evaluation),))


def _failings(evaluation: Evaluation, rule: PromotionRule) -> Iterator[str]:
    challenger = evaluation.challenger
    if challenger.auc < rule.min_auc:
        yield f"AUC {challenger.auc:.4f} is below {rule.min_auc:g}"
    gain = _log_loss_gain(evaluation)
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
    gain = evaluation.challenger.auc - evaluation.champion.auc
    if gain < rule.min_auc_gain_over_champion:
        yield (
            f"AUC {evaluation.challenger.auc:.4f} against the champion's "
            f"{evaluation.champion.auc:.4f} is not {rule.min_auc_gain_over_champion:+g}"
        )


def _praise(evaluation: Evaluation) -> str:
    against = f"log loss {_log_loss_gain(evaluation):.2%} lower than the base rate's"
    if evaluation.champion is not None:
        against += f", champion's AUC {evaluation.champion.auc:.4f}"
    return f"AUC {evaluation.challenger.auc:.4f} on {evaluation.rows} rows; {against}"


def _log_loss_gain(evaluation: Evaluation) -> float:
    base = evaluation.base_rate.log_loss
    return (base - evaluation.challenger.log_loss) / base if base else 0.0


def _number(value: Any, name: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and value == value:  # noqa: PLR0124 - NaN
        return float(value)
    raise EvaluationReportError(
        f"the evaluation report's {name} is {value!r}, not a number; "
        "the evaluation script must write it"
    )
