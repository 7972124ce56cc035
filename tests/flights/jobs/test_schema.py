"""The contract of the features partition, and of the scripts with the container they run in."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

import pytest

from include.flights import landing
from tests.flights.container_run import JOBS, columns, in_jobs_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCRIPTS = sorted(JOBS.glob("*.py"))
IN_THE_CONTAINER = {"numpy", "pandas", "scipy", "xgboost", "sagemaker_inference"}
MEASURED_LATER = {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time", "tailnum"}


def imported(source: str) -> Iterator[str]:
    """Yield the top-level packages that a module imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "scripts are shipped as a flat folder"
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_are_python_3_9(script: Path) -> None:
    """SageMaker's containers are older than this repository's Python."""
    ast.parse(script.read_text(encoding="utf-8"), feature_version=(3, 9))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_import_what_the_container_has(script: Path) -> None:
    """The standard library, XGBoost's world and each other: nothing of ours."""
    siblings = {path.stem for path in SCRIPTS}
    known = siblings | IN_THE_CONTAINER | set(sys.stdlib_module_names)

    assert set(imported(script.read_text(encoding="utf-8"))) <= known


def test_scripts_do_not_shadow_what_they_import() -> None:
    """A script called like a package would be imported in its place."""
    taken = IN_THE_CONTAINER | set(sys.stdlib_module_names)

    assert {path.stem for path in SCRIPTS} & taken == set()


def test_label_and_id_come_first_and_all_else_is_a_feature() -> None:
    """A transform job's InputFilter `$[2:]` leaves the features."""
    roles = [column["role"] for column in columns()]

    assert roles[:2] == ["label", "id"]
    assert set(roles[2:]) == {"feature"}
    assert len({column["name"] for column in columns()}) == len(roles)


def test_no_feature_is_a_measurement_of_the_flight_itself() -> None:
    """What is measured after the scheduled departure is left out by name."""
    assert {column["name"] for column in columns()} & MEASURED_LATER == set()


def test_vocabularies_know_every_carrier_and_airport_of_the_year(source: Path) -> None:
    """No flight of 2013 gets the code for unknown, and no two names share one."""
    known = in_jobs_world(
        "import json, schema\n"
        "print(json.dumps([schema.CARRIERS, schema.ORIGINS, schema.DESTINATIONS]))"
    )
    flights, _ = landing.read_source(source)
    header = next(flights)
    places = [header.index(name) for name in ("carrier", "origin", "dest")]
    found = {(n, row[at]) for row in flights for n, at in enumerate(places)}

    for number, vocabulary in enumerate(known):
        assert {name for n, name in found if n == number} == set(vocabulary)
        assert sorted(vocabulary.values()) == list(range(1, len(vocabulary) + 1))


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("dest_code", "7", 7.0),
        ("dest_code", " 7.0 ", 7.0),
        ("dest_code", "7.5", "column dest_code: '7.5' is not a whole number"),
        ("dest_code", "", "column dest_code is empty"),
        ("dest_code", "1_0", "column dest_code: '1_0' is not a number"),
        ("wind_gust_mph", "1e1", 10.0),
        ("wind_gust_mph", "", None),
        ("wind_gust_mph", "NA", "column wind_gust_mph: 'NA' is not a number"),
        ("wind_gust_mph", "nan", "column wind_gust_mph: 'nan' is not a finite number"),
        ("wind_gust_mph", "-inf", "column wind_gust_mph: '-inf' is not a finite number"),
    ],
)
def test_a_field_is_read_or_refused(column: str, text: str, expected: float | str | None) -> None:
    """An empty field is missing where the column allows it; what is no number is named."""
    program = """
import json, math, sys, schema
name, text = json.load(sys.stdin)
column = schema.COLUMNS[schema.NAMES.index(name)]
try:
    value = schema.number(column, text)
except ValueError as error:
    value = str(error)
print(json.dumps(None if value != value else value))
"""
    assert in_jobs_world(program, [column, text]) == expected
