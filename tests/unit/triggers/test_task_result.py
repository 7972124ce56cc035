"""The links of a task's page are there while its job runs, and cheap where it is short."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.decisions.job_tags import Owner
from airflow_sagemaker.triggers import task_result
from airflow_sagemaker.triggers.task_result import links_shown
from tests.unit.triggers.waits import Silence, until

if TYPE_CHECKING:
    from collections.abc import Callable

TASK = Owner(dag_id="dag", run_id="run", task_id="task", map_index=-1)
LINKS = {"console": "https://console", "logs": "https://logs"}


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Note what is stored, as Airflow takes it from a triggerer: after a while."""
    stored: dict[str, str] = {}

    async def push(task: Any, key: str, value: str, log: Any) -> bool:
        del task, log
        await asyncio.sleep(0.05)
        stored[key] = value
        return True

    monkeypatch.setattr(task_result, "_push", push)
    monkeypatch.setattr(task_result, "is_in_triggerer", lambda: True)
    return stored


def left_after(waits_for: Callable[[], Any]) -> dict[str, str]:
    """Give the links that the end event has to carry, of a job that takes so long."""

    async def whole() -> dict[str, str]:
        links = dict(LINKS)
        async with links_shown(TASK, links, Silence()):
            await until(waits_for)
        return links

    return asyncio.run(whole())


def test_the_end_event_carries_the_links_of_a_short_job(pushed: dict[str, str]) -> None:
    """Nothing is stored before."""
    assert left_after(lambda: True) == LINKS
    assert pushed == {}


@pytest.mark.parametrize("before_its_end", [1, 2])
def test_the_links_of_a_job_that_goes_on_are_stored(
    pushed: dict[str, str], monkeypatch: pytest.MonkeyPatch, before_its_end: int
) -> None:
    """All of them, even if it ends while they are being stored."""
    monkeypatch.setattr(task_result, "SHOWN_AFTER_SECONDS", 0.0)

    assert left_after(lambda: len(pushed) >= before_its_end) == {}
    assert pushed == LINKS
