"""A place for the processes that a test starts, and one embedded AWS for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.stack.environment import base_environment
from include.stack.layout import Layout
from include.stack.processes import Processes
from tests.stack.programs import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """Yield a set of processes whose logs and records are in the test's folder."""
    for name in ("logs", "records"):
        (tmp_path / name).mkdir()
    with Processes(logs=tmp_path / "logs", records=tmp_path / "records") as started:
        yield started


@pytest.fixture(scope="session")
def aws_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a real embedded AWS."""
    layout = Layout(name="run")
    folder = tmp_path_factory.mktemp("aws")
    with Processes(logs=folder, records=folder) as processes:
        aws = processes.start(
            "local-aws",
            [
                *(layout.python, "-m", "include.local_aws", "--port", "0"),
                *("--state-dir", folder / "state", "--transitions", "0"),
            ],
            environment=base_environment(layout),
            folder=layout.repository,
            grace_seconds=12.0,
        )
        wait_for(lambda: aws.log_tail() or aws.exit_code() is not None)
        [ready] = aws.log_tail()
        yield ready.removeprefix("AWS_ENDPOINT_URL=")
