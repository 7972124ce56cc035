"""Inference: rows in every format get the same probabilities, bad rows a 4xx that names them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.flights.conftest import TEST
from tests.flights.container_run import ROOT, columns, in_jobs_world, partition

if TYPE_CHECKING:
    from tests.flights.container_run import OptMl, Row

CSV, JSON, JSON_LINES = "text/csv", "application/json", "application/jsonlines"
FEATURES = columns()[2:]
NAMES = [column["name"] for column in FEATURES]
WIDTH = len(NAMES)
ANSWER = """
import json, sys
from pathlib import Path
model_dir, requests = json.load(sys.stdin)
sys.path.insert(0, str(Path(model_dir) / "code"))
import inference
assert Path(inference.__file__).parent == Path(model_dir) / "code"
model = inference.model_fn(model_dir)
answers = []
for body, content_type, accept in requests:
    try:
        rows = inference.input_fn(body, content_type)
        text, media_type = inference.output_fn(inference.predict_fn(rows, model), accept)
        answers.append({"status": 200, "type": media_type, "body": text})
    except inference.BaseInferenceToolkitError as error:
        told = {"status": error.status_code, "body": error.message, "phrase": error.phrase}
        answers.append({**told, "text": str(error)})
print(json.dumps(answers))
"""
Request = tuple[str, str, str]


@pytest.fixture(scope="module")
def rows(features: Path) -> list[Row]:
    """Ten flights, some with missing values, without label and id."""
    flights = partition(features / f"date={TEST[0]}")
    return [{name: row[name] for name in NAMES} for row in (*flights[:4], *flights[-6:])]


def ask(trained: OptMl, requests: list[Request], *, elsewhere: Path) -> list[dict[str, Any]]:
    """Answer requests from the model's own code, in a process that sees no other."""
    found: list[dict[str, Any]] = in_jobs_world(
        ANSWER, [str(trained.model), requests], code=elsewhere
    )
    return found


def as_csv(rows: list[Row]) -> str:
    """Write rows as a transform job sends them."""
    return "\n".join(",".join(row.values()) for row in rows)


def as_json(row: Row) -> dict[str, float | None]:
    """Write a row as an object; what is missing is null."""
    return {name: float(value) if value else None for name, value in row.items()}


def test_every_format_gets_the_same_answers(
    rows: list[Row], trained: OptMl, tmp_path: Path
) -> None:
    """CSV, JSON Lines (objects, arrays, `features`) and JSON (one row, many, `instances`)."""
    objects = [as_json(row) for row in rows]
    arrays = [list(row.values()) for row in objects]
    sparse = [{name: v for name, v in row.items() if v is not None} for row in objects]
    bodies = [
        (as_csv(rows), CSV),
        (as_csv(rows) + "\n", "text/csv; charset=utf-8"),
        (as_csv(rows).replace("\n", "\r\n"), CSV),
        ("\n".join(map(json.dumps, objects)), JSON_LINES),
        ("\n".join(map(json.dumps, arrays)) + "\n", JSON_LINES),
        ("\n".join(json.dumps({"features": row}) for row in arrays), JSON_LINES),
        ("\n".join(map(json.dumps, sparse)), JSON_LINES),
        (json.dumps(objects), JSON),
        (json.dumps(arrays), JSON),
        (json.dumps({"instances": [{"features": row} for row in arrays]}), JSON),
    ]
    answers = ask(trained, [(*body, CSV) for body in bodies], elsewhere=tmp_path)

    assert len({answer["body"] for answer in answers}) == 1
    lines = answers[0]["body"].splitlines()
    assert len(lines) == len(rows)
    assert all(re.fullmatch(r"0\.\d{6}", line) for line in lines)
    assert len(set(lines)) > 5


def test_answers_come_in_the_type_that_was_asked_for(
    rows: list[Row], trained: OptMl, tmp_path: Path
) -> None:
    """One line a row, so that a transform job can join them to its input."""
    accepted = [CSV, "", "*/*", JSON_LINES, JSON, "image/png, application/jsonlines;q=0.5"]
    answers = ask(trained, [(as_csv(rows[:2]), CSV, a) for a in accepted], elsewhere=tmp_path)
    plain = [float(line) for line in answers[0]["body"].splitlines()]
    records = [{"probability": value} for value in plain]

    assert [answer["type"] for answer in answers] == [CSV, CSV, CSV, JSON_LINES, JSON, JSON_LINES]
    assert answers[1]["body"] == answers[2]["body"] == answers[0]["body"]
    for answer in (answers[3], answers[5]):
        assert [json.loads(line) for line in answer["body"].splitlines()] == records
    assert json.loads(answers[4]["body"]) == {"predictions": records}


def test_one_row_alone_is_answered_as_among_others(
    rows: list[Row], trained: OptMl, tmp_path: Path
) -> None:
    """An endpoint's single rows and a transform job's batches agree."""
    batch = (as_csv(rows), CSV, CSV)
    single = [(json.dumps(as_json(row)), JSON, CSV) for row in rows]
    answers = ask(trained, [batch, *single], elsewhere=tmp_path)

    assert "".join(answer["body"] for answer in answers[1:]) == answers[0]["body"]


def good() -> list[str]:
    """Return the fields of a row that can be answered."""
    return ["0" if column["type"] == "Integral" else "0.5" for column in FEATURES]


def csv_with(name: str, field: str) -> str:
    """Return two rows of CSV, the second with one field changed."""
    fields = good()
    fields[NAMES.index(name)] = field
    return f"{','.join(good())}\n{','.join(fields)}\n"


def json_with(**changed: Any) -> str:
    """Return a row as a JSON object with fields changed."""
    return json.dumps(dict.fromkeys(NAMES, 0) | changed)


BAD = {
    "too few": (
        ",".join(good()[1:]), CSV, f"row 1 has {WIDTH - 1} fields, not the {WIDTH} features",
    ),
    "too many": (
        ",".join(good()) + "\n" + ",".join([*good(), "1"]),
        CSV,
        f"row 2 has {WIDTH + 1} fields, not the {WIDTH} features",
    ),
    "label and id": (
        ",".join(["1", "id", *good()]),
        CSV,
        f"row 1 has {WIDTH + 2} fields, not the {WIDTH} features; leave out the label and the id",
    ),
    "no number": (
        csv_with("dest_code", "BOS"), CSV, "row 2, column dest_code: 'BOS' is not a number",
    ),
    "no whole number": (
        csv_with("dest_code", "1.5"), CSV, "row 2, column dest_code: '1.5' is not a whole number",
    ),
    "infinite": (
        csv_with("wind_speed_mph", "inf"),
        CSV,
        "row 2, column wind_speed_mph: 'inf' is not a finite number",
    ),
    "missing": (csv_with("day_of_week", ""), CSV, "row 2, column day_of_week is empty"),
    "blank line": (
        ",".join(good()) + "\n\n" + ",".join(good()),
        CSV,
        f"row 2 has 0 fields, not the {WIDTH} features",
    ),
    "open quote": (
        ",".join(['"1', *good()[1:]]), CSV, "the body is not CSV: unexpected end of data",
    ),
    "header": (
        ",".join(NAMES), CSV, "row 1, column day_of_week: 'day_of_week' is not a number",
    ),
    "empty": ("", CSV, "the request has no rows"),
    "only newlines": ("\n\n", JSON_LINES, "the request has no rows"),
    "no rows": ("[]", JSON, "the request has no rows"),
    "unknown column": (
        json_with() + "\n" + json_with(tailnum="N1"), JSON_LINES, "row 2, unknown column tailnum",
    ),
    "text": (
        json_with(carrier_code="UA"),
        JSON_LINES,
        'row 1, column carrier_code: "UA" is not a number',
    ),
    "truth": (
        json_with(carrier_code=True), JSON, "row 1, column carrier_code: true is not a number",
    ),
    "null": (json_with(carrier_code=None), JSON, "row 1, column carrier_code is empty"),
    "NaN": (
        json_with(wind_gust_mph=float("nan")),
        JSON,
        "row 1, column wind_gust_mph: 'nan' is not a finite number",
    ),
    "absent": (json.dumps({NAMES[0]: 1}), JSON_LINES, f"row 1, column {NAMES[1]} is empty"),
    "short array": ("[1, 2]", JSON_LINES, f"row 1 has 2 fields, not the {WIDTH} features"),
    "a number": ("7", JSON_LINES, "row 1 is neither an object nor an array"),
    "numbers": ("[[1], 7]", JSON, f"row 1 has 2 fields, not the {WIDTH} features"),
    "no JSON": (json_with() + "\n{", JSON_LINES, "row 2 is not JSON: "),
    "no JSON body": ("{", JSON, "the body is not JSON: "),
    "no instances": ('{"instances": 7}', JSON, "instances is not an array"),
}  # fmt: skip


@pytest.fixture(scope="module")
def refusals(trained: OptMl, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The answers to all bad bodies."""
    requests = [(body, content_type, CSV) for body, content_type, _ in BAD.values()]
    answers = ask(trained, requests, elsewhere=tmp_path_factory.mktemp("elsewhere"))
    return dict(zip(BAD, answers, strict=True))


@pytest.mark.parametrize("name", BAD)
def test_a_bad_row_is_the_callers_mistake(name: str, refusals: dict[str, dict[str, Any]]) -> None:
    """It gets a 400 that names row and column, as the toolkit wants it: status, message, phrase."""
    answer = refusals[name]

    assert answer["status"] == 400
    assert answer["body"].startswith(BAD[name][2])
    assert answer["text"] == answer["body"]
    assert answer["phrase"] == "Bad Request"


def test_other_types_are_refused_by_name(trained: OptMl, tmp_path: Path) -> None:
    """415 for what cannot be read, 406 for what cannot be written."""
    row = ",".join(good())
    requests = [(row, "text/libsvm", CSV), (row, "", CSV), (row, CSV, "image/png")]
    unread, untold, unwritten = ask(trained, requests, elsewhere=tmp_path)

    assert (unread["status"], untold["status"], unwritten["status"]) == (415, 415, 406)
    assert unread["body"].startswith("content type text/libsvm is not supported: use text/csv")
    assert unwritten["body"].startswith("accept image/png is not supported: use text/csv")


def test_the_settings_smoke_request_is_one(trained: OptMl, tmp_path: Path) -> None:
    """The request that pipeline.yaml sends after each release can be answered."""
    settings = yaml.safe_load((ROOT / "include" / "flights" / "pipeline.yaml").read_text("utf-8"))
    inference = settings["inference"]
    request = (
        settings["endpoint"]["smoke_request"],
        inference["content_type"],
        inference["accept"],
    )
    (answer,) = ask(trained, [request], elsewhere=tmp_path)

    assert answer["status"] == 200, answer["body"]


LOAD = """
import json, sys
import inference
try:
    inference.model_fn(json.load(sys.stdin))
except ValueError as error:
    print(json.dumps(str(error)))
"""


@pytest.fixture
def changed(trained: OptMl, tmp_path: Path) -> Path:
    """A copy of the model, to be changed."""
    return Path(shutil.copytree(trained.model, tmp_path / "model"))


def test_a_model_of_another_schema_is_not_served(changed: Path) -> None:
    """Features would be taken for others; loading fails and says so."""
    schema = json.loads((changed / "schema.json").read_text("utf-8"))
    schema["columns"][3]["name"] = "renamed"
    (changed / "schema.json").write_text(json.dumps(schema), "utf-8")
    said = in_jobs_world(LOAD, str(changed), code=changed / "code")

    assert said.endswith("schema.json is not the schema of the code beside it")


def test_a_model_of_a_newer_xgboost_is_not_served(changed: Path) -> None:
    """XGBoost 3.0 reads a model of 3.2 without complaint and answers other probabilities."""
    training = json.loads((changed / "training.json").read_text("utf-8"))
    (changed / "training.json").write_text(json.dumps(training | {"xgboost": "99.1.0"}), "utf-8")
    said = in_jobs_world(LOAD, str(changed), code=changed / "code")

    assert said.startswith("trained with XGBoost 99.1.0, which ")
    assert said.endswith("use an image of the same version")
