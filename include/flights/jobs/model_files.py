"""The files of a trained model, and when this XGBoost may not read them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import xgboost

if TYPE_CHECKING:
    from collections.abc import Mapping

BOOSTER, SCHEMA, TRAINING = "model.ubj", "schema.json", "training.json"
FILES = (BOOSTER, SCHEMA, TRAINING)


class UnreadableModelError(ValueError):
    """The model cannot be used here; the message says why."""


@dataclass(frozen=True)
class TrainedModel:
    """A booster, the schema of what it was trained on, and the record of its training."""

    booster: Any
    schema: dict[str, Any]
    training: dict[str, Any]


def load(contents: Mapping[str, bytes]) -> TrainedModel:
    """Load a model from the contents of `FILES`.

    Raises UnreadableModelError for a model of a newer XGBoost: 3.0 reads a file of 3.1 or later
    without complaint, but loses its base score, and every probability with it.
    """
    training = json.loads(contents[TRAINING])
    if _release(training["xgboost"]) > _release(xgboost.__version__):
        raise UnreadableModelError(
            f"trained with XGBoost {training['xgboost']}, which {xgboost.__version__} here cannot "
            "read faithfully: use an image of the same version"
        )
    booster = xgboost.Booster({"nthread": 1})  # small requests: threads would cost more than save
    booster.load_model(bytearray(contents[BOOSTER]))
    return TrainedModel(booster, json.loads(contents[SCHEMA]), training)


def _release(version: str) -> tuple[int, ...]:
    """The first two numbers of a version."""
    return tuple(int(part) for part in version.split(".")[:2])
