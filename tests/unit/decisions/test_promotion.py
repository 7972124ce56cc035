"""A challenger is approved only if it beats the base rate and the champion, and for a reason."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_sagemaker.decisions.promotion import Evaluation, PromotionRule, Scores, decide
from airflow_sagemaker.exceptions import EvaluationReportError

RULE = PromotionRule(
    min_rows=1000,
    min_auc=0.6,
    min_log_loss_gain=0.02,
    max_calibration_error=0.05,
    min_gain_over_champion=0.001,
    max_doubt=0.0,
)
BASE_RATE = Scores(auc=0.5, log_loss=0.50, calibration_error=0.0)
GOOD = Scores(auc=0.72, log_loss=0.45, calibration_error=0.02)


def evaluation(**changes: Any) -> Evaluation:
    """Give an evaluation that is approved, with changes."""
    fields = {"rows": 5000, "challenger": GOOD, "base_rate": BASE_RATE, **changes}
    return Evaluation(**fields)


def champion(log_loss: float) -> Scores:
    """Give a champion with some log loss."""
    return Scores(auc=0.7, log_loss=log_loss, calibration_error=0.01)


def report(**changes: Any) -> dict[str, Any]:
    """Give an evaluation report with changes."""
    return {
        "rows": 5000,
        "challenger": dataclasses.asdict(GOOD),
        "base_rate": dataclasses.asdict(BASE_RATE),
        "champion": None,
        **changes,
    }


def test_a_good_first_model_is_approved() -> None:
    """Without a champion the base rate is what has to be beaten."""
    got = decide(evaluation(), RULE)

    assert got.approval == "Approved"
    assert got.reasons == (
        "AUC 0.7200 on 5000 rows; log loss 10.00% lower than the base rate's; there is no champion",
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"auc": 0.55}, "AUC 0.5500 is below 0.6"),
        ({"log_loss": 0.495}, "log loss is 1.00% lower than the base rate's, not 2.00%"),
        ({"log_loss": 0.51}, "log loss is -2.00% lower than the base rate's, not 2.00%"),
        ({"calibration_error": 0.06}, "calibration error 0.0600 is above 0.05"),
    ],
)
def test_an_unfit_model_is_rejected(change: dict[str, float], reason: str) -> None:
    """One failing is enough, and it is the reason."""
    got = decide(evaluation(challenger=dataclasses.replace(GOOD, **change)), RULE)

    assert got.approval == "Rejected"
    assert got.reasons == (reason,)


def test_every_failing_is_a_reason() -> None:
    """A person who reads the registry sees all that is wrong."""
    bad = Scores(auc=0.5, log_loss=0.6, calibration_error=0.3)

    assert len(decide(evaluation(challenger=bad), RULE).reasons) == 3


def test_a_model_no_better_than_the_base_rate_is_rejected_whatever_the_rule() -> None:
    """A rule that asks for no gain still asks for better than nothing."""
    same = Scores(auc=0.7, log_loss=BASE_RATE.log_loss, calibration_error=0.0)

    assert decide(evaluation(challenger=same), PromotionRule()).approval == "Rejected"


def test_few_rows_leave_it_to_a_person() -> None:
    """Too little evidence is neither for nor against."""
    got = decide(evaluation(rows=999), RULE)

    assert got.approval == "PendingManualApproval"
    assert got.reasons == ("only 999 rows, not 1000",)


def test_a_model_ahead_of_the_champion_is_approved() -> None:
    """The gain is in the reason."""
    got = decide(evaluation(champion=champion(0.46), gain_at_least=0.004), RULE)

    assert got.approval == "Approved"
    assert "0.0100 lower than the champion's" in got.reasons[0]


@pytest.mark.parametrize("log_loss", [0.44, 0.45, 0.4505])
def test_a_model_not_ahead_of_the_champion_waits(log_loss: float) -> None:
    """Worse, the same and hardly better are for a person to decide."""
    got = decide(evaluation(champion=champion(log_loss)), RULE)

    assert got.approval == "PendingManualApproval"
    assert "is no gain above 0.001" in got.reasons[0]


def test_a_gain_that_may_be_chance_waits() -> None:
    """The interval's lower end decides, not the point."""
    got = decide(evaluation(champion=champion(0.46), gain_at_least=-0.002), RULE)

    assert got.approval == "PendingManualApproval"
    assert got.reasons == (
        "the gain of 0.0100 over the champion may as well be -0.0020, which is below 0",
    )


def test_some_doubt_can_be_allowed() -> None:
    """A team that takes more risk says so in its settings."""
    rule = dataclasses.replace(RULE, max_doubt=0.002)

    got = decide(evaluation(champion=champion(0.46), gain_at_least=-0.002), rule)

    assert got.approval == "Approved"


@given(
    st.builds(
        Evaluation,
        rows=st.integers(0, 10_000),
        challenger=st.builds(
            Scores,
            auc=st.floats(0, 1),
            log_loss=st.floats(0, 5),
            calibration_error=st.floats(0, 1),
        ),
        base_rate=st.just(BASE_RATE),
        champion=st.none() | st.just(GOOD),
        gain_at_least=st.none() | st.floats(-1, 1),
    )
)
def test_nothing_is_approved_that_does_not_beat_both(seen: Evaluation) -> None:
    """Approved means a lower log loss than the base rate's and than the champion's."""
    got = decide(seen, RULE)

    assert got.reasons
    if got.approval == "Approved":
        assert seen.challenger.log_loss < seen.base_rate.log_loss
        assert seen.champion is None or seen.challenger.log_loss < seen.champion.log_loss


def test_a_report_is_read() -> None:
    """Further fields of a report do not matter."""
    scores = {**dataclasses.asdict(GOOD), "brier": 0.1}
    gain = {"log_loss": {"value": 0.01, "interval": [0.002, 0.02]}, "auc": {}}

    got = Evaluation.read(report(champion=scores, gain_over_champion=gain, days=3))

    assert got == evaluation(champion=GOOD, gain_at_least=0.002)


@pytest.mark.parametrize("gain", [None, {}, {"log_loss": {"value": 0.1, "interval": None}}])
def test_an_interval_is_optional(gain: Any) -> None:
    """A simpler evaluation script will do."""
    assert Evaluation.read(report(gain_over_champion=gain)).gain_at_least is None


@pytest.mark.parametrize(
    ("changes", "lacking"),
    [
        ({"rows": None}, "rows is None"),
        ({"rows": "many"}, "rows is 'many'"),
        ({"challenger": None}, "has no 'challenger'"),
        ({"challenger": {"auc": 0.7, "log_loss": 0.4}}, "challenger.calibration_error is None"),
        ({"base_rate": {**dataclasses.asdict(BASE_RATE), "log_loss": True}}, "log_loss is True"),
        ({"challenger": {**dataclasses.asdict(GOOD), "auc": float("nan")}}, "auc is nan"),
    ],
)
def test_a_report_that_lacks_something_is_refused(changes: dict[str, Any], lacking: str) -> None:
    """A missing or broken number is never a pass."""
    with pytest.raises(EvaluationReportError, match=lacking):
        Evaluation.read(report(**changes))
