"""The scenes of a run: the flights model's life, each scene on what the one before left behind."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from include.stack import plan
from include.stack.errors import SceneFailedError
from include.stack.findings import model_package
from include.stack.invocation import Answer, flights_of, invoke, serving_endpoint, spread
from include.stack.start_up import RawDays, StartUp
from include.stack.watching import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_sagemaker.settings.pipeline_settings import PipelineSettings
    from include.stack.local_stack import LocalStack
    from include.stack.screen import Screen


@dataclass(frozen=True, kw_only=True)
class Played:
    """A scene that went well, and when."""

    name: str
    began: datetime
    seconds: float


@dataclass(kw_only=True)
class Stage:
    """What the scenes work on and what they leave for the summary."""

    stack: LocalStack
    settings: PipelineSettings
    screen: Screen
    played: list[Played] = field(default_factory=list)
    endpoint: str = ""
    answers: list[Answer] = field(default_factory=list)

    def watch(self, seconds: float) -> Watch:
        """Return eyes on the runs of a scene that may take so long."""
        return Watch(self.stack, self.screen.show, seconds=seconds)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A part of the story.

    :param name: what it is called in the summary.
    :param title: what it is called on the screen.
    :param limit: seconds it may take, on a slow and loaded machine.
    :param play: does it, and returns what to say of it.
    """

    name: str
    title: str
    limit: float
    play: Callable[[Stage, float], str]


def play(scene: Scene, stage: Stage) -> None:
    """Play a scene on the screen and note how long it took."""
    began, clock = datetime.now(UTC), time.monotonic()
    stage.screen.begin(scene.title)
    try:
        note = scene.play(stage, scene.limit)
    except BaseException:
        stage.screen.end("failed")
        raise
    seconds = time.monotonic() - clock
    stage.played.append(Played(name=scene.name, began=began, seconds=seconds))
    stage.screen.end("success", note)


def start(stage: Stage, limit: float) -> str:
    """Bring the stack up, land the raw days, and let the Dags go."""
    raw_days = raw_days_of(stage.settings, plan.RAW)
    start_up = StartUp(stage.stack, raw_days=raw_days, dag_ids=plan.DAGS)
    stage.stack.launch()
    start_up.wait(stage.screen.show, seconds=limit)
    unpause(stage.stack)
    return f"{raw_days.days.count} raw days"


def unpause(stack: LocalStack) -> None:
    """Let the Dags go, but not yet the one that predicts all new features: there is no model."""
    for dag_id in plan.DAGS:
        if dag_id != plan.ON_FEATURES_DAG:
            stack.airflow.unpause(dag_id)


def raw_days_of(settings: PipelineSettings, days: plan.Days) -> RawDays:
    """Return where raw days belong, by the settings."""
    return RawDays(bucket=settings.aws.bucket, prefix=settings.data.raw, days=days)


def make_history(stage: Stage, limit: float) -> str:
    """Make the features of many days in one run."""
    conf = {"start": plan.HISTORY.first.isoformat(), "end": plan.HISTORY.last.isoformat()}
    run = stage.stack.airflow.trigger(plan.FEATURES_DAG, conf=conf)
    stage.watch(limit).run(run)
    return str(plan.HISTORY)


def backfill_features(stage: Stage, limit: float) -> str:
    """Make the features of the days that follow, a run for each, by an Airflow backfill."""
    _backfill(stage, plan.FEATURES_DAG, plan.BACKFILLED)
    stage.watch(limit).runs(lambda run: run.run_type == "backfill", count=plan.BACKFILLED.count)
    return str(plan.BACKFILLED)


def predict(stage: Stage, limit: float) -> str:
    """Predict days that the model has not seen, in two ways at once.

    A stretch of days by an Airflow backfill, a run for each; and a new day, whose features announce
    their partition, which starts its predictions.
    """
    airflow, new_day = stage.stack.airflow, plan.NEW_DAY.first.isoformat()
    airflow.unpause(plan.ON_FEATURES_DAG)
    airflow.trigger(plan.FEATURES_DAG, partition_key=new_day)
    _backfill(stage, plan.BATCH_INFERENCE_DAG, plan.PREDICTED)
    chain = (plan.FEATURES_DAG, plan.ON_FEATURES_DAG, plan.BATCH_INFERENCE_DAG)
    stage.watch(limit).runs(
        lambda run: run.partition == new_day or run.dag_id == plan.BATCH_INFERENCE_DAG,
        count=plan.PREDICTED.count + len(chain),
    )
    return f"{plan.PREDICTED.count} days, and {new_day} by its features"


def _backfill(stage: Stage, dag_id: str, days: plan.Days) -> None:
    stage.stack.airflow.backfill(
        dag_id, first=days.first, last=days.last, max_active_runs=plan.BACKFILL_ACTIVE_RUNS
    )


def train(stage: Stage, limit: float) -> str:
    """Train on several hosts, evaluate, register; the version must be approved.

    :raises SceneFailedError: if it is not, with the reasons; nothing would be released.
    """
    conf = {"end": plan.TRAINED.last.isoformat(), "history_days": plan.TRAINED.count}
    run = stage.stack.airflow.trigger(plan.TRAINING_DAG, conf=conf)
    stage.watch(limit).run(run)
    package = model_package(stage.stack.aws_url, namespace=stage.settings.namespace)
    if package["ModelApprovalStatus"] != "Approved":
        raise SceneFailedError(
            f"model package version {package['ModelPackageVersion']} is "
            f"{package['ModelApprovalStatus']}: {package.get('ModelPackageDescription')}"
        )
    return f"{stage.settings.training.instance_count} hosts"


def release(stage: Stage, limit: float) -> str:
    """See the new model's asset event start the release, and the endpoint come into service."""
    watch = stage.watch(limit)
    run = watch.first_run(
        lambda run: run.dag_id == plan.RELEASE_DAG and run.run_type == "asset_triggered",
        called=f"run of {plan.RELEASE_DAG} that the model asset triggers",
    )
    watch.run(run)
    stage.endpoint = serving_endpoint(stage.stack.aws_url, namespace=stage.settings.namespace)
    return stage.endpoint


def ask(stage: Stage, _limit: float) -> str:
    """Invoke the endpoint from outside, with flights the model has not seen."""
    rows = flights_of(
        stage.stack.aws_url,
        bucket=stage.settings.aws.bucket,
        prefix=stage.settings.data.features,
        day=plan.PREDICTED.first,
    )
    asked = spread(rows, of_each=plan.ASKED_OF_EACH)
    stage.answers = invoke(stage.stack.aws_url, endpoint=stage.endpoint, rows=asked)
    return ", ".join(f"{answer.probability:.2f}" for answer in stage.answers)


SCENES = (
    Scene(name="start", title="start, land raw days", limit=240, play=start),
    Scene(name="history", title="features of the history", limit=180, play=make_history),
    Scene(name="features", title="features by backfill", limit=240, play=backfill_features),
    Scene(name="training", title="train, evaluate, register", limit=240, play=train),
    Scene(name="release", title="release to the endpoint", limit=180, play=release),
    Scene(name="invocation", title="ask the endpoint", limit=60, play=ask),
    Scene(name="predictions", title="predictions by backfill", limit=240, play=predict),
)
