"""One aiobotocore client serves all who need the same one at the same time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self

import pytest
from botocore.exceptions import HTTPClientError

from airflow_sagemaker.hooks import shared_clients

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection


def test_a_client_is_shared_while_it_is_held(connection: AwsConnection) -> None:
    """It is closed when the last holder gives it back; who comes then gets a new one."""

    async def hold() -> None:
        async with connection.async_client("sagemaker") as one:
            async with connection.async_client("sagemaker") as two:
                assert one is two
            assert (await one.list_training_jobs())["TrainingJobSummaries"] is not None
        async with connection.async_client("sagemaker") as three:
            assert three is not one
        with pytest.raises(HTTPClientError):
            await one.list_training_jobs()

    asyncio.run(hold())


def test_an_old_client_is_not_lent_anew(
    connection: AwsConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rotated credentials come into use; who holds the old client keeps it open."""

    async def hold() -> None:
        async with connection.async_client("sagemaker") as old:
            monkeypatch.setattr(shared_clients, "FRESH_SECONDS", 0.0)
            async with connection.async_client("sagemaker") as new:
                assert new is not old
            assert (await old.list_training_jobs())["TrainingJobSummaries"] is not None

    asyncio.run(hold())


def test_who_gives_up_while_a_client_is_made_spoils_nothing(connection: AwsConnection) -> None:
    """Triggers are cancelled at any line."""

    async def take() -> str:
        async with connection.async_client("sagemaker") as client:
            region: str = client.meta.region_name
            return region

    async def cancel_first() -> str:
        first, second = asyncio.create_task(take()), asyncio.create_task(take())
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert asyncio.run(cancel_first()) == "us-east-1"


def test_a_client_that_cannot_be_made_is_tried_anew() -> None:
    """Everybody who waited for it gets the error; the next one does not."""
    attempts = []

    class Client:
        async def __aenter__(self) -> Self:
            return self

        async def __aexit__(self, *error: object) -> None:
            attempts.append("closed")

    def create() -> Client:
        attempts.append("made")
        if len(attempts) == 1:
            raise OSError("no CA bundle")
        return Client()

    async def take() -> Any:
        async with shared_clients.shared_client("key", create) as client:
            return client

    async def whole() -> list[Any]:
        failed = await asyncio.gather(take(), take(), return_exceptions=True)
        return [*failed, await take()]

    first, second, third = asyncio.run(whole())

    assert isinstance(first, OSError)
    assert isinstance(second, OSError)
    assert isinstance(third, Client)
    assert attempts == ["made", "made", "closed"]


def test_a_client_is_closed_though_the_event_loop_ends() -> None:
    """It cancels whatever runs in it, and so whoever is closing a client just then."""

    class Client:
        closed = 0

        async def __aenter__(self) -> Self:
            return self

        async def __aexit__(self, *error: object) -> None:
            await asyncio.sleep(0)
            self.closed += 1

    async def end_after(client: Client, steps: int) -> None:
        async def hold() -> None:
            async with shared_clients.shared_client("key", lambda: client):
                held.set()

        held = asyncio.Event()
        holding = asyncio.create_task(hold())
        await held.wait()
        for _ in range(steps):
            await asyncio.sleep(0)
        del holding

    for steps in range(8):
        client = Client()
        asyncio.run(end_after(client, steps))
        assert client.closed == 1, f"after {steps} steps"
