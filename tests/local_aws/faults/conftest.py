"""What tests of faults start from: a side door that is closed behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.local_aws.side_door import SideDoor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.local_aws.account import Account


@pytest.fixture
def faults(control_plane: Account) -> Iterator[SideDoor]:
    """The side door of the embedded AWS with scripted jobs."""
    door = SideDoor(control_plane.endpoint_url)
    yield door
    door.clear()
