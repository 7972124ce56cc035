"""Features partitions as training and evaluation read them: the files of a directory, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import schema
from container import JobError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Rows:
    """Flights with a known outcome.

    `labels` has shape (n,), `features` (n, number of features) in the schema's order, `days` holds
    ISO dates. `unlabelled` counts the flights that were left out because they were cancelled or
    diverted.
    """

    labels: Any
    features: Any
    days: Any
    files: tuple[str, ...]
    unlabelled: int

    def __len__(self) -> int:
        return len(self.labels)


def read(directory: Path) -> Rows:
    """Read all partitions below a directory, in the order of their names.

    Names that begin with `_` or `.` are not data. Raises JobError if there are no rows with an
    outcome, or for a file that is not as the schema has it.
    """
    files = [
        path for path in sorted(directory.rglob("*.csv")) if _is_data(path.relative_to(directory))
    ]
    if not files:
        raise JobError(f"no features partitions in {directory}")
    names = tuple(str(path.relative_to(directory)) for path in files)
    frame = pd.concat([_read_file(path) for path in files], ignore_index=True)
    known = frame[frame[schema.LABEL].notna()]
    if known.empty:
        raise JobError(f"no flight with a known outcome in {', '.join(names[:3])}")
    return Rows(
        labels=known[schema.LABEL].to_numpy("float32"),
        features=known[schema.FEATURE_NAMES].to_numpy("float32"),
        days=known[schema.ID].str[:10].to_numpy(str),
        files=names,
        unlabelled=len(frame) - len(known),
    )


def _is_data(path: Path) -> bool:
    return not any(part.startswith(("_", ".")) for part in path.parts)


def _read_file(path: Path) -> Any:
    try:
        frame = pd.read_csv(
            path,
            header=None,
            dtype={1: str},
            keep_default_na=False,
            na_values=[""],
            index_col=False,
        )
    except pd.errors.EmptyDataError:
        raise JobError(f"{path} is empty") from None
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise JobError(f"{path} is not a features partition: {error}") from error
    if frame.shape[1] != len(schema.COLUMNS):
        raise JobError(f"{path} has {frame.shape[1]} columns, the schema {len(schema.COLUMNS)}")
    frame.columns = schema.NAMES
    for column in schema.COLUMNS:
        _check(frame[column.name], column, path)
    return frame


def _check(values: Any, column: schema.Column, path: Path) -> None:
    empty = values.isna()
    if not column.nullable and empty.any():
        row = int(np.flatnonzero(empty)[0]) + 1
        raise JobError(f"{path}, row {row}: column {column.name} is empty")
    if column.type != schema.STRING and not empty.all() and values.dtype.kind not in "iuf":
        numbers = pd.to_numeric(values, errors="coerce")
        row = int(np.flatnonzero(numbers.isna() & ~empty)[0]) + 1
        raise JobError(f"{path}, row {row}: column {column.name} is not a number")
