"""Training job: features partitions in, a model that serves itself out.

    train.py --num-round 300 --max-depth 4 --eta 0.1 --early-stopping-rounds 20 --seed 7

Every host reads its part of the channel `train` and the channel `validation` (whose days must all
be later); together they grow one XGBoost model, stopped early by the validation's log loss. The
first host writes `/opt/ml/model`: model.ubj, schema.json, training.json (what it was trained on)
and code/ (how to serve it).

Each round prints one line on the first host; metric definitions read it with
`validation-auc=([0-9.]+)`, `validation-logloss=([0-9.]+)` and `train-logloss=([0-9.]+)`. The last
line repeats the chosen round's.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import collective
import container
import model_files
import partitions
import schema
import xgboost

if TYPE_CHECKING:
    import argparse

_SERVING_CODE = ("inference.py", "model_files.py", "schema.py")


def main() -> None:
    """Train with all hosts; the first one saves."""
    given = _arguments()
    hosts, current_host = container.hosts()
    cluster = collective.Cluster(
        job=container.job_name(),
        hosts=hosts,
        current_host=current_host,
        port=given.port,
        join_seconds=given.join_seconds,
        silence_seconds=given.silence_seconds,
    )
    with collective.joined(cluster):
        shards, reports = _read_shards(current_host)
        nthread = given.nthread or max(1, container.cpus() // cluster.neighbours())
        booster, metrics = _fit(shards, given, nthread=nthread, speaks=cluster.is_first)
        if cluster.is_first:
            _save(booster, _training_document(given, reports, metrics))


def _arguments() -> argparse.Namespace:
    arguments = container.Arguments(description="Train the flights model.")
    for name, kind, default in (
        ("num-round", container.at_least(1), 300),
        ("max-depth", container.at_least(1), 4),
        ("eta", container.at_least(0.0), 0.1),
        ("min-child-weight", container.at_least(0.0), 20.0),
        ("subsample", container.at_least(0.0), 0.8),
        ("colsample-bytree", container.at_least(0.0), 0.7),
        ("early-stopping-rounds", container.at_least(0), 20),
        ("seed", container.at_least(0), 7),
        ("nthread", container.at_least(0), 0),
        ("port", container.at_least(1), 9099),
        ("join-seconds", container.at_least(1), 300),
        ("silence-seconds", container.at_least(1), 1800),
    ):
        arguments.option(name, type=kind, default=default)
    return arguments.parse_args()


def _read_shards(host: str) -> tuple[dict[str, partitions.Rows], list[dict[str, Any]]]:
    """Read each channel; return its rows and every host's report. All fail if one has no rows."""
    shards: dict[str, partitions.Rows] = {}
    report: dict[str, Any] = {"host": host}
    try:
        for name in ("train", "validation"):
            shards[name] = partitions.read(container.channel(name))
            report[name] = _seen(shards[name])
            print(f"{host} read {name}: " + json.dumps(report[name]), flush=True)
    except container.JobError as error:
        report["error"] = str(error)
    reports = collective.exchange(report)
    _check(reports)
    return shards, reports


def _seen(rows: partitions.Rows) -> dict[str, Any]:
    return {
        "rows": len(rows),
        "late": int(rows.labels.sum()),
        "unlabelled": rows.unlabelled,
        "first_day": min(rows.days),
        "last_day": max(rows.days),
        "files": list(rows.files),
    }


def _check(reports: list[dict[str, Any]]) -> None:
    """Every host has rows in both channels, and validation is later than training."""
    for report in reports:
        if "error" in report:
            raise collective.AgreedError(f"{report['host']}: {report['error']}")
    last = max(report["train"]["last_day"] for report in reports)
    first = min(report["validation"]["first_day"] for report in reports)
    if first <= last:
        raise collective.AgreedError(
            f"validation must be later than training: it begins on {first}, training ends on {last}"
        )
    late = sum(report["train"]["late"] for report in reports)
    if not 0 < late < sum(report["train"]["rows"] for report in reports):
        raise collective.AgreedError("training needs late flights and flights that are not late")


class _RoundLine(xgboost.callback.TrainingCallback):  # type: ignore[misc]  # xgboost is untyped here
    """Prints the metrics of each round."""

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Print one line; never stop."""
        del model
        print(f"round={epoch} " + _metrics_line(_metrics(evals_log, epoch)), flush=True)
        return False


def _metrics(evals_log: Any, epoch: int) -> dict[str, float]:
    return {
        f"{data}-{metric}": values[epoch]
        for data, metrics in evals_log.items()
        for metric, values in metrics.items()
        if (data, metric) != ("train", "auc")
    }


def _metrics_line(metrics: dict[str, float]) -> str:
    return " ".join(f"{name}={value:.5f}" for name, value in metrics.items())


def _fit(
    shards: dict[str, partitions.Rows], given: argparse.Namespace, *, nthread: int, speaks: bool
) -> tuple[Any, dict[str, Any]]:
    """Grow trees until validation's log loss stops falling; return the model of the best round."""
    data = {
        name: xgboost.DMatrix(
            rows.features, label=rows.labels, feature_names=schema.FEATURE_NAMES, nthread=nthread
        )
        for name, rows in shards.items()
    }
    log: dict[str, Any] = {}
    callbacks: list[Any] = [_RoundLine()] if speaks else []
    if given.early_stopping_rounds:
        stop = xgboost.callback.EarlyStopping(
            rounds=given.early_stopping_rounds, metric_name="logloss", data_name="validation"
        )
        callbacks.append(stop)
    booster = xgboost.train(
        _parameters(given, nthread),
        data["train"],
        given.num_round,
        evals=[(matrix, name) for name, matrix in data.items()],
        evals_result=log,
        verbose_eval=False,
        callbacks=callbacks,
    )
    best = booster.best_iteration if given.early_stopping_rounds else given.num_round - 1
    metrics = _metrics(log, best)
    if speaks:
        print(f"best round={best}: " + _metrics_line(metrics), flush=True)
    return booster[: best + 1], {"best_round": best, **metrics}


def _parameters(given: argparse.Namespace, nthread: int) -> dict[str, Any]:
    return {
        "objective": "binary:logistic",
        "eval_metric": ["auc", "logloss"],
        "tree_method": "hist",
        "nthread": nthread,
        **_hyperparameters(given),
    }


def _hyperparameters(given: argparse.Namespace) -> dict[str, Any]:
    """What decides the model, and not how the hosts meet."""
    elsewhere = ("nthread", "port", "join_seconds", "silence_seconds")
    rounds = ("num_round", "early_stopping_rounds")
    return {name: value for name, value in vars(given).items() if name not in (*elsewhere, *rounds)}


def _training_document(
    given: argparse.Namespace, reports: list[dict[str, Any]], metrics: dict[str, Any]
) -> dict[str, Any]:
    rows = sum(report["train"]["rows"] for report in reports)
    late = sum(report["train"]["late"] for report in reports)
    return {
        "xgboost": xgboost.__version__,
        "hyperparameters": {
            "num_round": given.num_round,
            "early_stopping_rounds": given.early_stopping_rounds,
            **_hyperparameters(given),
        },
        "hosts": reports,
        "rows": rows,
        "base_rate": late / rows,
        "last_day": max(report["validation"]["last_day"] for report in reports),
        "metrics": metrics,
    }


def _save(booster: Any, training: dict[str, Any]) -> None:
    """Write the model and what is needed to serve it."""
    directory = container.model_directory()
    code = directory / "code"
    code.mkdir(parents=True, exist_ok=True)
    booster.save_model(directory / model_files.BOOSTER)
    documents = {model_files.SCHEMA: schema.document(), model_files.TRAINING: training}
    for name, document in documents.items():
        (directory / name).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    for name in _SERVING_CODE:
        shutil.copyfile(Path(__file__).parent / name, code / name)
    print(
        f"saved the model of {training['metrics']['best_round'] + 1} trees in {directory}",
        flush=True,
    )


if __name__ == "__main__":
    container.run(main)
