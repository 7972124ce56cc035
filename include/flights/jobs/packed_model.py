"""A model as SageMaker keeps it: read from model.tar.gz without unpacking it anywhere."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import model_files
import schema
from container import JobError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class PackedModel:
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


def read(archive: Path, name: str) -> PackedModel:
    """Read a model.tar.gz; JobError says what is wrong with it."""
    if not archive.is_file():
        raise JobError(f"the {name} is missing: {archive} does not exist")
    try:
        model = model_files.load(_contents(archive, name))
    except model_files.UnreadableModelError as error:
        raise JobError(f"the {name} was {error}") from error
    columns = model.schema["columns"]
    features = tuple(column["name"] for column in columns if column["role"] == "feature")
    return PackedModel(name, model.booster, features, model.training)


def _contents(archive: Path, name: str) -> dict[str, bytes]:
    try:
        with tarfile.open(archive) as tar:
            contents = {file: _content(tar, file) for file in model_files.FILES}
    except (tarfile.TarError, EOFError, OSError) as error:
        raise JobError(f"the {name} at {archive} is not a tar file: {error}") from error
    found = {file: content for file, content in contents.items() if content is not None}
    absent = [file for file in model_files.FILES if file not in found]
    if absent:
        raise JobError(f"the {name} at {archive} lacks {absent[0]}: was it made by train.py?")
    return found


def _content(tar: tarfile.TarFile, name: str) -> bytes | None:
    for path in (name, f"./{name}"):
        if path in tar.getnames():
            file = tar.extractfile(path)
            return file.read() if file else None
    return None
