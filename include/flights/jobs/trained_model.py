"""A model as training left it: read from model.tar.gz without unpacking it anywhere."""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import schema
import xgboost
from container import JobError

if TYPE_CHECKING:
    from pathlib import Path

_FILES = ("model.ubj", "schema.json", "training.json")


@dataclass(frozen=True)
class TrainedModel:
    """A booster, the features it takes by name, and the record of its training.

    :param name: what to call it in messages
    """

    name: str
    booster: Any
    features: tuple[str, ...]
    training: dict[str, Any]

    def probabilities(self, rows: Any) -> Any:
        """The probability of each row; `rows` has the columns of today's schema."""
        strange = [name for name in self.features if name not in schema.FEATURE_NAMES]
        if strange:
            raise JobError(
                f"the {self.name} was trained with {strange[0]}, which the test data does not have"
            )
        columns = [schema.FEATURE_NAMES.index(name) for name in self.features]
        return self.booster.inplace_predict(rows[:, columns], validate_features=False)


def read(archive: Path, name: str) -> TrainedModel:
    """Read a model.tar.gz; JobError says what it lacks."""
    if not archive.is_file():
        raise JobError(f"the {name} is missing: {archive} does not exist")
    try:
        with tarfile.open(archive) as tar:
            contents = {file: _content(tar, file) for file in _FILES}
    except (tarfile.TarError, EOFError, OSError) as error:
        raise JobError(f"the {name} at {archive} is not a tar file: {error}") from error
    absent = [file for file, content in contents.items() if content is None]
    if absent:
        raise JobError(
            f"the {name} at {archive} lacks {', '.join(absent)}: was it made by train.py?"
        )
    booster = xgboost.Booster()
    booster.load_model(bytearray(contents["model.ubj"]))
    columns = json.loads(contents["schema.json"])["columns"]
    features = tuple(column["name"] for column in columns if column["role"] == "feature")
    return TrainedModel(name, booster, features, json.loads(contents["training.json"]))


def _content(tar: tarfile.TarFile, name: str) -> Any:
    for path in (name, f"./{name}"):
        if path in tar.getnames():
            file = tar.extractfile(path)
            return file.read() if file else None
    return None
