"""Embedded AWSs to test against, one for the whole session each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.local_aws.settings import LocalAwsSettings, Transitions
from tests.local_aws.account import Account

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An embedded AWS that runs real jobs; every answer of SageMaker is checked."""
    from include.local_aws.server import LocalAws  # noqa: PLC0415 - most tests need no server

    settings = LocalAwsSettings(
        state_dir=tmp_path_factory.mktemp("local_aws"),
        transitions=Transitions(pause=0.05),
        check_responses=True,
    )
    with LocalAws(settings) as running:
        account = Account(running.endpoint_url)
        yield account
        account.close()


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An embedded AWS whose jobs do what their environment says (see `scripted_jobs`)."""
    from include.local_aws.server import LocalAws  # noqa: PLC0415
    from tests.local_aws import scripted_jobs  # noqa: PLC0415

    settings = LocalAwsSettings(
        state_dir=tmp_path_factory.mktemp("control_plane"),
        transitions=Transitions(pause=scripted_jobs.PAUSE),
        check_responses=True,
    )
    with LocalAws(settings, scripted_jobs.executors) as running:
        account = Account(running.endpoint_url)
        yield account
        account.close()
