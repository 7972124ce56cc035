"""A vigil is slept through where nobody watches."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.hooks.aws_calls import AsyncTalker, hold
from airflow_sagemaker.hooks.vigils import News, Vigil

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from airflow_sagemaker.hooks.aws_calls import Talk
    from airflow_sagemaker.hooks.connection import AwsConnection


def hold_in_loop(connection: AwsConnection, talk: Talk[Any]) -> Any:
    """Hold a talk in an event loop that has no watcher."""

    async def whole() -> Any:
        async with AsyncTalker(connection) as talker:
            return await talker.hold(talk)

    return asyncio.run(whole())


@pytest.mark.parametrize("holding", [hold, hold_in_loop], ids=["worker", "loop"])
@pytest.mark.parametrize("vigil", [Vigil(seconds=0.2), Vigil(seconds=3600, rest=0.2)])
def test_the_sleep_ends_when_there_is_something_to_do(
    connection: AwsConnection,
    holding: Callable[[AwsConnection, Talk[News]], News],
    vigil: Vigil,
) -> None:
    """And whoever slept looks."""

    def talk() -> Generator[Any, Any, News]:
        news: News = yield vigil
        return news

    began = time.monotonic()
    news = holding(connection, talk())

    assert news == News(look=True)
    assert 0.2 <= time.monotonic() - began < 60
