"""The evaluation job: its numbers can be recomputed, and its verdicts depend on them."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.flights.conftest import TEST, TRAIN, VALIDATION
from tests.flights.container_run import OptMl, copy_days, in_jobs_world, partition

PREDICT = """
import json, sys
from pathlib import Path
model, lines = json.load(sys.stdin)
sys.path.insert(0, str(Path(model) / "code"))
import inference
rows = inference.input_fn("\\n".join(lines), "text/csv")
answer, _ = inference.output_fn(inference.predict_fn(rows, inference.model_fn(model)), "text/csv")
print(json.dumps([float(line) for line in answer.splitlines()]))
"""


def ready(opt_ml: OptMl, features: Path, model: Path, days: Any = TEST) -> OptMl:
    """Give the job test days and a model to evaluate."""
    copy_days(features, days, opt_ml.test)
    opt_ml.give_model("challenger", model)
    return opt_ml


@pytest.fixture(scope="module")
def evaluated(features: Path, trained: OptMl, tmp_path_factory: pytest.TempPathFactory) -> OptMl:
    """The slice's model, evaluated without a champion."""
    opt_ml = ready(OptMl(tmp_path_factory.mktemp("evaluated")), features, trained.model)
    opt_ml.done("evaluate.py")
    return opt_ml


@pytest.fixture(scope="module")
def weaker(features: Path, tmp_path_factory: pytest.TempPathFactory) -> OptMl:
    """A model of a single stump."""
    opt_ml = OptMl(tmp_path_factory.mktemp("weaker"))
    copy_days(features, TRAIN, opt_ml.channel("train"))
    copy_days(features, VALIDATION, opt_ml.channel("validation"))
    opt_ml.done("train.py", "--num-round", "1", "--max-depth", "1")
    return opt_ml


@pytest.fixture(scope="module")
def outcomes(features: Path, trained: OptMl) -> list[tuple[int, float]]:
    """The label of every labelled test flight, and what the deployed model answers for it."""
    rows = [row for day in TEST for row in partition(features / f"date={day}")]
    known = [list(row.values()) for row in rows if row["arrived_late"]]
    lines = [",".join(row[2:]) for row in known]
    answers = in_jobs_world(PREDICT, [str(trained.model), lines])
    return list(zip((int(row[0]) for row in known), answers, strict=True))


def test_the_report_counts_the_test_flights(
    evaluated: OptMl, outcomes: list[tuple[int, float]]
) -> None:
    """Cancelled and diverted flights are counted apart."""
    report = evaluated.report()

    assert report["rows"] == report["dataset"]["item_count"] == len(outcomes)
    assert report["dataset"]["unlabelled"] > 0
    assert report["dataset"]["first_day"] == str(TEST[0])
    assert report["dataset"]["last_day"] == str(TEST[-1])
    assert report["dataset"]["days"] == len(TEST)


def test_scores_are_those_of_the_served_model(
    evaluated: OptMl, outcomes: list[tuple[int, float]]
) -> None:
    """AUC from all pairs, log loss and Brier by the formula, of what inference.py answers."""
    late = [p for y, p in outcomes if y]
    on_time = [p for y, p in outcomes if not y]
    won = sum(1.0 if a > b else 0.5 if a == b else 0.0 for a in late for b in on_time)
    losses = [-math.log(p if y else 1 - p) for y, p in outcomes]
    found = evaluated.report()["challenger"]

    assert found["auc"] == pytest.approx(won / len(late) / len(on_time), abs=1e-4)
    assert found["log_loss"] == pytest.approx(sum(losses) / len(losses), abs=1e-4)
    assert found["brier"] == pytest.approx(
        sum((p - y) ** 2 for y, p in outcomes) / len(outcomes), abs=1e-4
    )
    assert found["mean_prediction"] == pytest.approx(
        sum(p for _, p in outcomes) / len(outcomes), abs=1e-4
    )
    assert sum(line["rows"] for line in found["calibration"]) == len(outcomes)


def test_the_base_rate_is_the_best_constant(
    evaluated: OptMl, outcomes: list[tuple[int, float]]
) -> None:
    """No other constant has a smaller log loss on these flights, training's base rate included."""
    rate = sum(y for y, _ in outcomes) / len(outcomes)
    entropy = -(rate * math.log(rate) + (1 - rate) * math.log(1 - rate))
    base = evaluated.report()["base_rate"]

    assert base["prediction"] == pytest.approx(rate, abs=1e-6)
    assert base["log_loss"] == pytest.approx(entropy, abs=1e-6)
    assert base["log_loss_of_training"] >= base["log_loss"]
    assert (base["auc"], base["calibration_error"]) == (0.5, 0.0)


def test_the_model_knows_something_of_later_days(evaluated: OptMl) -> None:
    """On days after training and validation it is clearly better than any constant."""
    report = evaluated.report()

    assert report["challenger"]["trained_until"] < report["dataset"]["first_day"]
    assert report["challenger"]["auc"] > 0.65
    assert report["challenger"]["log_loss"] < 0.97 * report["base_rate"]["log_loss"]
    assert report["better_than_base_rate"] is True


def test_the_layout_is_sagemakers(evaluated: OptMl) -> None:
    """Model quality reports have metrics with a value and a standard deviation."""
    report = evaluated.report()
    metrics = report["binary_classification_metrics"]

    assert metrics["auc"]["value"] == report["challenger"]["auc"]
    assert 0 < metrics["auc"]["standard_deviation"] < 0.1
    assert sum(sum(row.values()) for row in metrics["confusion_matrix"].values()) == report["rows"]
    low, high = report["challenger"]["intervals"]["auc"]
    assert low < report["challenger"]["auc"] < high


def test_without_a_champion_there_is_none_to_beat(evaluated: OptMl) -> None:
    """The first model of an installation is judged by the base rate alone."""
    report = evaluated.report()

    assert report["champion"] is report["gain_over_champion"] is None
    assert report["better_than_champion"] is True


def test_evaluating_again_gives_the_same_bytes(
    evaluated: OptMl, features: Path, trained: OptMl, opt_ml: OptMl
) -> None:
    """Resampling is seeded; the input may as well be called `model`."""
    copy_days(features, TEST, opt_ml.test)
    opt_ml.give_model("model", trained.model)
    opt_ml.done("evaluate.py")

    assert opt_ml.report() == evaluated.report()


@pytest.fixture
def both(features: Path, trained: OptMl, weaker: OptMl, opt_ml: OptMl) -> OptMl:
    """A job that has the slice's model as challenger, and a weaker champion."""
    ready(opt_ml, features, trained.model).give_model("champion", weaker.model)
    return opt_ml


def test_a_weaker_champion_is_beaten(both: OptMl) -> None:
    """The gain on the same flights is above zero, on other days too."""
    result = both.done("evaluate.py")
    report = both.report()

    assert report["champion"]["auc"] < report["challenger"]["auc"]
    assert report["gain_over_champion"]["log_loss"]["interval"][0] > 0
    assert report["better_than_champion"] is True
    assert f"champion AUC {report['champion']['auc']:.4f}" in result.message


@pytest.mark.parametrize("arguments", [(), ("--champion-tolerance", "1")])
def test_a_model_does_not_beat_itself(
    arguments: tuple[str, ...], features: Path, trained: OptMl, opt_ml: OptMl
) -> None:
    """No gain is no gain, whatever is tolerated."""
    ready(opt_ml, features, trained.model).give_model("champion", trained.model)
    opt_ml.done("evaluate.py", *arguments)
    report = opt_ml.report()

    assert report["gain_over_champion"]["log_loss"] == {"value": 0, "interval": [0, 0]}
    assert report["better_than_champion"] is False


@pytest.mark.parametrize(
    ("threshold", "verdict"),
    [
        ({"min-log-loss-gain": 0.5}, "better_than_base_rate"),
        ({"min-auc": 0.99}, "better_than_base_rate"),
        ({"champion_gain": 0.5}, "better_than_champion"),
    ],
)
def test_thresholds_decide(threshold: dict[str, float], verdict: str, both: OptMl) -> None:
    """The verdicts are the numbers against the job's arguments."""
    ((name, value),) = threshold.items()
    both.done("evaluate.py", f"--{name}", str(value))
    report = both.report()

    assert report[verdict] is False
    assert report["thresholds"][name.replace("-", "_")] == value


def test_one_day_is_too_few_to_beat_a_champion(
    features: Path, trained: OptMl, weaker: OptMl, opt_ml: OptMl
) -> None:
    """There is nothing to draw again, so nothing is sure."""
    ready(opt_ml, features, trained.model, TEST[:1]).give_model("champion", weaker.model)
    opt_ml.done("evaluate.py")
    report = opt_ml.report()

    assert report["gain_over_champion"]["log_loss"]["interval"] is None
    assert report["better_than_champion"] is False


def test_days_the_model_has_seen_are_refused(features: Path, trained: OptMl, opt_ml: OptMl) -> None:
    """The first test day must be later than the last validation day."""
    result = ready(opt_ml, features, trained.model, [VALIDATION[-1], *TEST]).run("evaluate.py")

    assert result.code == 1
    assert result.failure == (
        "the test days must be later than training and validation: they begin on 2013-01-19, "
        "the model has seen days up to 2013-01-19"
    )


def test_a_missing_model_is_named(features: Path, opt_ml: OptMl) -> None:
    """The input was not given, or its prefix was empty."""
    copy_days(features, TEST, opt_ml.test)
    result = opt_ml.run("evaluate.py")

    assert result.code == 1
    assert "the challenger is missing: " in result.failure


def test_a_model_of_a_newer_xgboost_is_refused(
    features: Path, trained: OptMl, opt_ml: OptMl, tmp_path: Path
) -> None:
    """Its probabilities would not be those it was trained for."""
    newer = Path(shutil.copytree(trained.model, tmp_path / "newer"))
    training = json.loads((newer / "training.json").read_text("utf-8"))
    (newer / "training.json").write_text(json.dumps(training | {"xgboost": "99.1.0"}), "utf-8")
    ready(opt_ml, features, trained.model).give_model("champion", newer)
    result = opt_ml.run("evaluate.py")

    assert result.code == 1
    assert result.failure.startswith("the champion was trained with XGBoost 99.1.0, which ")


def test_an_archive_that_is_no_model_is_named(
    features: Path, trained: OptMl, opt_ml: OptMl, tmp_path: Path
) -> None:
    """Both an archive that is none and one without a model say which input it was."""
    incomplete = tmp_path / "incomplete"
    shutil.copytree(trained.model, incomplete)
    (incomplete / "training.json").unlink()
    ready(opt_ml, features, incomplete)

    assert "lacks training.json: was it made by train.py?" in opt_ml.run("evaluate.py").failure
    (opt_ml.path / "processing" / "input" / "challenger" / "model.tar.gz").write_bytes(b"no tar")
    assert "is not a tar file" in opt_ml.run("evaluate.py").failure
