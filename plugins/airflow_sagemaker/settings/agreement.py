"""Settings that are sound one by one and still contradict each other."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from airflow_sagemaker.settings.aws_agreement import aws_disagreements

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from airflow_sagemaker.settings.pipeline_settings import PipelineSettings

_NAME = r"[a-z][a-z0-9_]{0,39}"
_HYPERPARAMETER = r"(?!sagemaker_)[A-Za-z][A-Za-z0-9_]{0,99}"
_RESERVED = ("end", "history_days", "hosts")
"""Other fields of the training Dag's trigger form."""


def disagreements(settings: PipelineSettings) -> Iterator[tuple[str, str]]:
    """Yield `(dotted path, problem)` for everything in the settings that does not go together."""
    yield from _about_name(settings)
    yield from _about_window(settings)
    yield from _about_dates(settings)
    yield from _about_code(settings)
    yield from _about_hyperparameters(settings)
    yield from _about_metrics(settings)
    yield from _about_promotion(settings)
    yield from aws_disagreements(settings.aws)


def collisions(
    settings: PipelineSettings, others: Iterable[PipelineSettings]
) -> Iterator[tuple[str, str]]:
    """Yield `(dotted path, problem)` for every place that another model writes to as well.

    Two models may read the same raw days; what one of them writes must be its own.
    """
    for other in others:
        if other.aws.bucket != settings.aws.bucket:
            continue
        for name in ("features", "predictions", "artifacts"):
            prefix = getattr(settings.data, name)
            if prefix == getattr(other.data, name):
                yield (
                    f"data.{name}",
                    f"`data.{name}` is {prefix!r} for model {other.name!r} too; choose another",
                )


def _about_name(settings: PipelineSettings) -> Iterator[tuple[str, str]]:
    if not re.fullmatch(_NAME, settings.name):
        yield (
            "namespace",
            (
                f"the folder is called {settings.name!r} and names the model; rename it to "
                "lower-case letters, digits and underscores that begin with a letter"
            ),
        )


def _about_window(settings: PipelineSettings) -> Iterator[tuple[str, str]]:
    window = settings.training.window
    held_out = window.held_out_days
    if held_out >= window.history_days:
        yield (
            "training.window",
            (
                f"`training.window` keeps {held_out} days for validation and test and has "
                f"{window.history_days} in all; raise `history_days` above {held_out}"
            ),
        )


def _about_dates(settings: PipelineSettings) -> Iterator[tuple[str, str]]:
    data = settings.data
    if data.ends is not None and data.ends < data.starts:
        yield (
            "data.ends",
            f"`data.ends` ({data.ends}) lies before `data.starts` ({data.starts}); swap them",
        )


def _about_code(settings: PipelineSettings) -> Iterator[tuple[str, str]]:
    folder = settings.folder / settings.container.code
    if not folder.is_dir():
        yield "container.code", f"`container.code` names {folder.name!r}, which is no folder here"
        return
    scripts = {
        "features": settings.features.script,
        "training": settings.training.script,
        "evaluation": settings.evaluation.script,
        "inference": settings.inference.script,
    }
    for step, script in scripts.items():
        if not (folder / script).is_file():
            yield (
                f"{step}.script",
                f"`{step}.script` names {script!r}, which is not in {folder.name}/",
            )


def _about_hyperparameters(settings: PipelineSettings) -> Iterator[tuple[str, str]]:
    for name in settings.training.hyperparameters:
        if not re.fullmatch(_HYPERPARAMETER, name) or name in _RESERVED:
            yield (
                "training.hyperparameters",
                (
                    f"`training.hyperparameters` cannot have {name!r}: names are letters, digits "
                    "and underscores, do not begin with sagemaker_, and are none of "
                    f"{', '.join(_RESERVED)}"
                ),
            )


def _about_metrics(settings: PipelineSettings) -> Iterator[tuple[str, str]]:
    for metric in settings.training.metrics:
        try:
            groups = re.compile(metric.regex).groups
        except re.error as error:
            yield "training.metrics", f"the regex of metric {metric.name!r} is broken: {error}"
            continue
        if groups != 1:
            yield (
                "training.metrics",
                (
                    f"the regex of metric {metric.name!r} has {groups} groups; "
                    "put exactly one around the number"
                ),
            )


def _about_promotion(settings: PipelineSettings) -> Iterator[tuple[str, str]]:
    limits = {
        "min_rows": (1, math.inf),
        "min_auc": (0.5, 1),
        "min_log_loss_gain": (0, 1),
        "max_calibration_error": (0, 1),
        "min_gain_over_champion": (0, math.inf),
        "max_doubt": (0, math.inf),
    }
    for name, (low, high) in limits.items():
        value = getattr(settings.promotion, name)
        if not low <= value <= high:
            yield (
                f"promotion.{name}",
                f"`promotion.{name}` must be from {low:g} to {high:g}, not {value:g}",
            )
