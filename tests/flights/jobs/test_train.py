"""The training job: one model from one host or several, saved once, or a clear failure."""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.flights.conftest import SHORT, TEST, TRAIN, VALIDATION
from tests.flights.container_run import (
    JOBS,
    Ended,
    OptMl,
    columns,
    copy_days,
    files,
    in_jobs_world,
)
from tests.flights.jobs.two_hosts import FIRST, SECOND, Two, train_together, two_hosts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

METRICS = {
    name: re.compile(rf"{name}=([0-9.]+)")
    for name in ("train-logloss", "validation-logloss", "validation-auc")
}


def seen(log: str) -> dict[str, Any]:
    """Return what a host says it read, by channel."""
    found = re.findall(r"^(\S+) read (\w+): (\{.*\})$", log, re.MULTILINE)
    return {channel: json.loads(report) | {"host": host} for host, channel, report in found}


def training_record(opt_ml: OptMl) -> dict[str, Any]:
    """Return what the model says of its training."""
    record: dict[str, Any] = json.loads((opt_ml.model / "training.json").read_text("utf-8"))
    return record


@pytest.fixture(scope="module")
def together(
    features: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Two, dict[str, Ended]]:
    """A training job of two hosts on the slice, done."""
    hosts = two_hosts(tmp_path_factory.mktemp("two"), features, train=(TRAIN[0::2], TRAIN[1::2]))
    return hosts, train_together(hosts, *SHORT)


def test_one_host_needs_no_other(trained: OptMl) -> None:
    """It reads both channels, and the model says what it was made of."""
    log = (trained.path / "train.py.out").read_text("utf-8")
    read, record = seen(log), training_record(trained)

    assert read["train"]["files"] == files(TRAIN)
    assert read["validation"]["files"] == files(VALIDATION)
    assert record["rows"] == read["train"]["rows"]
    assert record["base_rate"] == read["train"]["late"] / read["train"]["rows"]
    assert record["last_day"] == str(VALIDATION[-1])
    assert [host["host"] for host in record["hosts"]] == ["algo-1"]


def test_every_round_has_its_metrics_and_the_last_line_those_of_the_model(trained: OptMl) -> None:
    """A MetricDefinition's regular expression finds a series; its final value is the model's."""
    log = (trained.path / "train.py.out").read_text("utf-8")
    record = training_record(trained)["metrics"]
    rounds = log.count("\nround=")
    series = {
        name: [float(value) for value in regex.findall(log)] for name, regex in METRICS.items()
    }

    for name, values in series.items():
        assert len(values) == rounds + 1
        assert values[-1] == values[record["best_round"]]
        assert values[-1] == pytest.approx(record[name], abs=1e-5)
    losses = series["validation-logloss"]
    assert min(losses) == losses[record["best_round"]]
    assert 10 < record["best_round"] + 1 <= rounds <= 60


def test_the_model_ends_with_the_best_round(trained: OptMl) -> None:
    """The trees that were grown after it, to see whether it was the best, are not saved."""
    program = """
import json, sys
import xgboost
print(json.dumps(xgboost.Booster(model_file=json.load(sys.stdin)).num_boosted_rounds()))
"""
    trees = in_jobs_world(program, str(trained.model / "model.ubj"))
    log = (trained.path / "train.py.out").read_text("utf-8")

    assert trees == training_record(trained)["metrics"]["best_round"] + 1
    assert trees < log.count("\nround=")


def test_the_model_brings_what_serves_it(trained: OptMl) -> None:
    """The archive of /opt/ml/model needs nothing else to be deployed."""
    names = {str(path.relative_to(trained.model)) for path in trained.model.rglob("*.*")}
    code = ("inference.py", "model_files.py", "schema.py")

    assert names == {
        *("model.ubj", "schema.json", "training.json"),
        *(f"code/{name}" for name in code),
    }
    for name in code:
        assert (trained.model / "code" / name).read_bytes() == (JOBS / name).read_bytes()
    assert json.loads((trained.model / "schema.json").read_text("utf-8"))["columns"] == columns()


def test_two_hosts_each_read_their_shard(together: tuple[Two, dict[str, Ended]]) -> None:
    """Each host's log tells its own files and rows, and nothing of the other's."""
    hosts, ended = together
    for (host, result), part in zip(ended.items(), (TRAIN[0::2], TRAIN[1::2]), strict=True):
        read = seen(result.stdout)
        assert result.code == 0, result.stderr
        assert read["train"]["host"] == host
        assert read["train"]["files"] == files(part)
        assert read["validation"]["files"] == files(VALIDATION)
    record = training_record(hosts[FIRST])
    assert [report["host"] for report in record["hosts"]] == [FIRST, SECOND]
    assert record["rows"] == sum(seen(e.stdout)["train"]["rows"] for e in ended.values())


def test_the_first_host_saves_and_speaks_for_all(
    together: tuple[Two, dict[str, Ended]],
) -> None:
    """One model is uploaded, and a metric has one value a round."""
    hosts, ended = together

    assert (hosts[FIRST].model / "model.ubj").is_file()
    assert not hosts[SECOND].model.exists()
    assert "validation-auc=" in ended[FIRST].stdout
    assert "validation-auc=" not in ended[SECOND].stdout


def test_two_hosts_learn_what_one_would(
    together: tuple[Two, dict[str, Ended]], trained: OptMl
) -> None:
    """The model knows both shards: its losses are those of one host with all rows."""
    both, one = training_record(together[0][FIRST]), training_record(trained)

    assert both["rows"] == one["rows"]
    for name in METRICS:
        assert both["metrics"][name] == pytest.approx(one["metrics"][name], abs=0.02)


def test_the_same_job_makes_the_same_model(
    together: tuple[Two, dict[str, Ended]], features: Path, tmp_path: Path
) -> None:
    """Whichever host comes first: ranks are the hosts' order, so sums are made in one order."""
    pair = two_hosts(tmp_path, features, train=(TRAIN[0::2], TRAIN[1::2]))
    for result in train_together(pair, *SHORT).values():
        assert result.code == 0, result.stderr

    for name in ("model.ubj", "training.json"):
        assert (pair[FIRST].model / name).read_bytes() == (
            together[0][FIRST].model / name
        ).read_bytes()


def refused(opt_ml: OptMl, *arguments: str) -> str:
    """Run training on one host, which must fail; return the reason."""
    result = opt_ml.run("train.py", *arguments)
    assert result.code == 1
    assert not opt_ml.model.exists()
    return result.failure


def test_validation_must_be_later_than_training(features: Path, opt_ml: OptMl) -> None:
    """Early stopping on days among or before the training days would see the future."""
    copy_days(features, TRAIN, opt_ml.channel("train"))
    copy_days(features, [TRAIN[-1]], opt_ml.channel("validation"))

    assert refused(opt_ml).endswith(
        "validation must be later than training: it begins on 2013-01-16, "
        "training ends on 2013-01-16"
    )


def test_a_missing_channel_is_named(features: Path, opt_ml: OptMl) -> None:
    """The request forgot it."""
    copy_days(features, TRAIN, opt_ml.channel("train"))

    assert f"no features partitions in {opt_ml.channel('validation')}" in refused(opt_ml)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--max-depth", "deep"), "argument --max-depth/--max_depth: invalid int value: 'deep'"),
        (("--num_round", "0"), "argument --num-round/--num_round: 0 is less than 1"),
        (("--leaves", "7"), "unrecognized arguments: --leaves 7"),
    ],
)
def test_a_bad_hyperparameter_is_named(
    arguments: tuple[str, ...], reason: str, opt_ml: OptMl
) -> None:
    """A misspelt hyperparameter is not ignored."""
    assert refused(opt_ml, *arguments) == f"bad arguments: {reason}"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda line: line.rpartition(",")[0], "has 39 columns, the schema 40"),
        (lambda line: line.replace("_", ","), "has 44 columns, the schema 40"),
        (lambda line: line[:-1] + "x", "column pressure_change_3h_mb is not a number"),
        (lambda line: "," + line.partition(",")[2], "no flight with a known outcome"),
    ],
)
def test_a_file_that_is_no_partition_is_named(
    spoil: Any, reason: str, features: Path, opt_ml: OptMl
) -> None:
    """Data of another schema is not trained on."""
    copy_days(features, VALIDATION, opt_ml.channel("validation"))
    copy_days(features, TRAIN[:1], opt_ml.channel("train"))
    path = opt_ml.channel("train") / files(TRAIN[:1])[0]
    path.write_text("".join(f"{spoil(line)}\n" for line in path.read_text("utf-8").splitlines()))

    assert reason in refused(opt_ml)


def shuffled(paths: Sequence[Path], chance: random.Random) -> Iterator[tuple[Path, str]]:
    """Deal the labels of all these files out to other rows."""
    tables = [path.read_text("utf-8").splitlines() for path in paths]
    labels = [line.partition(",")[0] for lines in tables for line in lines]
    chance.shuffle(labels)
    dealt = iter(labels)
    for path, lines in zip(paths, tables, strict=True):
        yield path, "".join(f"{next(dealt)},{line.partition(',')[2]}\n" for line in lines)


def test_shuffled_labels_teach_nothing(features: Path, trained: OptMl, opt_ml: OptMl) -> None:
    """The AUC on later days comes from the labels: dealt to other flights, it is a coin's."""
    for channel, chosen in (("train", TRAIN), ("validation", VALIDATION)):
        copy_days(features, chosen, opt_ml.channel(channel))
    paths = sorted(opt_ml.path.glob("input/data/*/*/*.csv"))
    for path, text in shuffled(paths, random.Random(1)):  # noqa: S311  # repeatable
        path.write_text(text, "utf-8")
    opt_ml.done("train.py", *SHORT)
    copy_days(features, TEST, opt_ml.test)
    opt_ml.give_model("challenger", opt_ml.model)
    opt_ml.give_model("champion", trained.model)
    opt_ml.done("evaluate.py")
    report = opt_ml.report()

    assert report["champion"]["auc"] > 0.65
    assert report["challenger"]["auc"] == pytest.approx(0.5, abs=0.08)
    assert not report["better_than_base_rate"]
    assert not report["better_than_champion"]
    assert report["gain_over_champion"]["log_loss"]["interval"][1] < 0
