"""The house that the chaos tests share, and the table at their end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from rich.table import Table

from tests.chaos.scene import House, Row, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 100
ROWS = pytest.StashKey[list[tuple[Scene, Row]]]()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[House]:
    """Start the embedded AWS and a real Airflow."""
    with House(tmp_path_factory.mktemp("chaos")) as house:
        pytestconfig.stash[ROWS] = house.rows
        yield house


def pytest_terminal_summary(config: pytest.Config) -> None:
    """Print what came of the scenes."""
    rows = config.stash.get(ROWS, [])
    if not rows:
        return
    table = Table("scenario", "jobs created", "paid twice", "left running", "verdict")
    for _, row in rows:
        table.add_row(*row.cells)
    console = Console()
    console.width = max(console.width, WIDTH)
    console.print(table)
