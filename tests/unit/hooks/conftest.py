"""Fixtures of the hooks' tests: roads to the embedded AWS that fail on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.hooks.faulty_road import FaultyRoad

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.local_aws.account import Account

ROAD = "road"
"""The Airflow connection that takes the road."""


@pytest.fixture
def road(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyRoad]:
    """Give a road to the embedded AWS, with an Airflow connection `road` that takes it."""
    with FaultyRoad(account.endpoint_url) as road:
        monkeypatch.setenv(f"AIRFLOW_CONN_{ROAD.upper()}", road.airflow_connection())
        yield road
