"""The model's answers: rows of features in, the probability that each flight arrives late out.

In: `text/csv` (the features in the schema's order, an empty field is missing),
`application/jsonlines` (one row a line: an object by column name, an array, or `{"features":
[...]}`) and `application/json` (such a row, an array of them, or `{"instances": [...]}`). Out:
`text/csv`, `application/jsonlines`, `application/json`. A request that cannot be answered gets a
4xx whose message names the row (from 1) and the column.

Serves in SageMaker's XGBoost container and wherever else these four functions are called.
"""

from __future__ import annotations

import csv
import json
import math
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import model_files
import numpy as np
import schema

if TYPE_CHECKING:
    from collections.abc import Iterable

try:
    from sagemaker_inference.errors import (  # type: ignore[import-not-found]  # only on AWS
        BaseInferenceToolkitError,
    )
except ImportError:

    class BaseInferenceToolkitError(Exception):  # type: ignore[no-redef]
        """The toolkit's error, with the same attributes, where it is not installed."""

        def __init__(self, status_code: int, message: str, phrase: str) -> None:
            super().__init__(status_code, message, phrase)
            self.status_code = status_code
            self.message = message
            self.phrase = phrase


CSV, JSON, JSON_LINES = "text/csv", "application/json", "application/jsonlines"
_WIDTH = len(schema.FEATURES)
_POSITIONS = {name: position for position, name in enumerate(schema.FEATURE_NAMES)}


class RequestError(BaseInferenceToolkitError):  # type: ignore[misc]  # untyped
    """The caller's mistake: a status from 400 to 499 and what to do about it."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(int(status), message, status.phrase)

    def __str__(self) -> str:
        return str(self.message)


def model_fn(model_dir: str) -> Any:
    """Load the model; refuse one that was trained on other features than this code reads."""
    contents = {name: (Path(model_dir) / name).read_bytes() for name in model_files.FILES}
    model = model_files.load(contents)
    if model.schema != json.loads(json.dumps(schema.document())):
        raise model_files.UnreadableModelError(
            f"{model_dir}/{model_files.SCHEMA} is not the schema of the code beside it"
        )
    return model.booster


def input_fn(body: Any, content_type: str) -> Any:
    """Read a request into an array of shape (rows, features); NaN is a missing value."""
    text = _text(body)
    media_type = _media_type(content_type)
    if media_type == CSV:
        rows = [_csv_row(fields, row) for row, fields in enumerate(_csv_lines(text), start=1)]
    elif media_type == JSON_LINES:
        rows = [_json_row(_json(line, row), row) for row, line in enumerate(_lines(text), start=1)]
    elif media_type == JSON:
        rows = [_json_row(value, row) for row, value in enumerate(_instances(_json(text)), start=1)]
    else:
        raise RequestError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"content type {content_type} is not supported: use {CSV}, {JSON_LINES} or {JSON}",
        )
    if not rows:
        raise RequestError(HTTPStatus.BAD_REQUEST, "the request has no rows")
    return np.array(rows, dtype=np.float32)


def predict_fn(data: Any, model: Any) -> Any:
    """The probability of arriving late, one a row."""
    return model.inplace_predict(data, validate_features=False)


def output_fn(prediction: Any, accept: str) -> tuple[str, str]:
    """Write probabilities in the first type of `accept` that can be written; return it too."""
    for wanted in (accept or CSV).split(","):
        media_type = _media_type(wanted)
        if media_type in ("*/*", "text/*", CSV):
            return "".join(f"{value:.6f}\n" for value in prediction), CSV
        if media_type == JSON_LINES:
            return "".join(f"{json.dumps(_record(value))}\n" for value in prediction), JSON_LINES
        if media_type in (JSON, "application/*"):
            return json.dumps({"predictions": [_record(value) for value in prediction]}), JSON
    raise RequestError(
        HTTPStatus.NOT_ACCEPTABLE,
        f"accept {accept} is not supported: use {CSV}, {JSON_LINES} or {JSON}",
    )


def _record(probability: Any) -> dict[str, float]:
    return {"probability": round(float(probability), 6)}


def _media_type(header: str | None) -> str:
    return (header or "").partition(";")[0].strip().lower()


def _text(body: Any) -> str:
    if isinstance(body, str):
        return body
    try:
        return bytes(body).decode("utf-8")
    except UnicodeDecodeError:
        raise RequestError(HTTPStatus.BAD_REQUEST, "the body is not UTF-8 text") from None


def _lines(text: str) -> list[str]:
    return text.rstrip("\r\n").splitlines() if text.strip() else []


def _csv_lines(text: str) -> Iterable[list[str]]:
    try:
        yield from csv.reader(_lines(text), strict=True)
    except csv.Error as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"the body is not CSV: {error}") from None


def _csv_row(fields: list[str], row: int) -> list[float]:
    _check_width(len(fields), row)
    return [_number(schema.FEATURES[place], field, row) for place, field in enumerate(fields)]


def _check_width(width: int, row: int) -> None:
    if width == _WIDTH:
        return
    hint = "; leave out the label and the id" if width == len(schema.COLUMNS) else ""
    raise RequestError(
        HTTPStatus.BAD_REQUEST, f"row {row} has {width} fields, not the {_WIDTH} features{hint}"
    )


def _number(column: schema.Column, field: str, row: int) -> float:
    try:
        return schema.number(column, field)
    except ValueError as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"row {row}, {error}") from None


def _json(text: str, row: int | None = None) -> Any:
    where = f"row {row}" if row else "the body"
    try:
        return json.loads(text)
    except ValueError as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{where} is not JSON: {error}") from None


def _instances(value: Any) -> list[Any]:
    """The rows of a JSON body: one row, an array of rows, or these under `instances`."""
    if isinstance(value, dict) and "instances" in value:
        value = value["instances"]
        if not isinstance(value, list):
            raise RequestError(HTTPStatus.BAD_REQUEST, "instances is not an array")
    if isinstance(value, list) and all(isinstance(row, (dict, list)) for row in value):
        return value
    return [value]


def _json_row(value: Any, row: int) -> list[float]:
    if isinstance(value, dict) and set(value) == {"features"}:
        value = value["features"]
    if isinstance(value, list):
        _check_width(len(value), row)
        value = {schema.FEATURE_NAMES[place]: item for place, item in enumerate(value)}
    if not isinstance(value, dict):
        raise RequestError(HTTPStatus.BAD_REQUEST, f"row {row} is neither an object nor an array")
    strangers = [name for name in value if name not in _POSITIONS]
    if strangers:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"row {row}, unknown column {strangers[0]}")
    return [_json_number(column, value.get(column.name), row) for column in schema.FEATURES]


def _json_number(column: schema.Column, value: Any, row: int) -> float:
    """A JSON value as the column's number; a missing one is null."""
    if value is None:
        return _number(column, "", row)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RequestError(
            HTTPStatus.BAD_REQUEST,
            f"row {row}, column {column.name}: {json.dumps(value)} is not a number",
        )
    if isinstance(value, float) and math.isfinite(value) and column.type == schema.FRACTIONAL:
        return value
    return _number(column, str(value), row)
