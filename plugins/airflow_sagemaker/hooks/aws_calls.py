"""Conversations with AWS as generators, and the two ways to hold them: with boto3 or aiobotocore.

A talk yields `Call`s, `Pause`s and `Vigil`s and is sent the answers; a call that fails is raised in
it as an `AwsCallError`. So what is said to AWS stands once, whoever holds the talk.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Generator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from airflow_sagemaker.exceptions import SageMakerError
from airflow_sagemaker.hooks.aws_errors import (
    answer_of,
    incomplete_answer,
    is_aws_error,
    is_expired,
    to_call_error,
)
from airflow_sagemaker.hooks.shared_clients import FRESH_SECONDS
from airflow_sagemaker.hooks.vigils import News, Unattended, Vigil

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.hooks.vigils import Attendant

_LOG = logging.getLogger(__name__)
_RENEW_AGAIN_SECONDS = 60.0
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call to AWS.

    :param operation: boto3's method: `describe_training_job`
    :param about: the resource in a person's words, for errors: `training job x`
    :param needs: a field that the answer has if it is one, and not some proxy's page
    """

    service: str = "sagemaker"
    operation: str
    about: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    needs: str = ""


@dataclass(frozen=True)
class Pause:
    """Seconds in which nothing is asked."""

    seconds: float


Step = Call | Pause | Vigil
Talk = Generator[Step, Any, Result]


class _Progress(Generic[Result]):
    """Where a talk stands: its next step, or what it came to."""

    def __init__(self, talk: Talk[Result]) -> None:
        self._talk = talk
        self.step: Step | None = None
        self._result: Result
        self._advance(lambda: next(talk))

    def answer(self, answer: Any) -> None:
        """Hand the talk what its step gave."""
        call = self.step
        if isinstance(call, Call) and call.needs and call.needs not in answer:
            error = incomplete_answer(call.operation, call.about, call.needs)
            self._advance(lambda: self._talk.throw(error))
        else:
            self._advance(lambda: self._talk.send(answer))

    def fail(self, error: Exception) -> None:
        """Raise in the talk what its step raised; what is not AWS's doing is raised as it is."""
        if not isinstance(self.step, Call) or not is_aws_error(error):
            raise error
        mapped = to_call_error(error, self.step.operation, self.step.about)
        mapped.__cause__ = error
        self._advance(lambda: self._talk.throw(mapped))

    def result(self) -> Result:
        """Give what the talk came to."""
        return self._result

    def close(self) -> None:
        """End a talk that is left in the middle: by a cancelled trigger, a timeout, an error."""
        self._talk.close()

    def _advance(self, move: Callable[[], Step]) -> None:
        try:
            self.step = move()
        except StopIteration as done:
            self.step, self._result = None, done.value


def hold(connection: AwsConnection, talk: Talk[Result]) -> Result:
    """Hold a talk in this thread, with boto3."""
    progress = _Progress(talk)
    with closing(progress):
        while progress.step is not None:
            try:
                answer = _do(connection, progress.step)
            except Exception as error:  # noqa: BLE001 - the talk decides
                progress.fail(error)
            else:
                progress.answer(answer)
    return progress.result()


def _do(connection: AwsConnection, step: Step) -> Any:
    if isinstance(step, Pause):
        return time.sleep(step.seconds)
    if isinstance(step, Vigil):
        time.sleep(step.shortest)
        return News()
    method = getattr(connection.client(step.service), step.operation)
    return method(**step.parameters)


@dataclass(frozen=True)
class _Borrowed:
    """A client, what gives it back, and since when it is held."""

    client: Any
    stack: AsyncExitStack
    since: float

    @property
    def is_fresh(self) -> bool:
        """Whether credentials that were rotated meanwhile are in use within reasonable time."""
        return time.monotonic() - self.since < FRESH_SECONDS


class AsyncTalker:
    """Holds talks in the event loop, with aiobotocore; an async context manager.

    It keeps the clients it needed until it is left, or they are old, or their credentials have
    expired; then the next call takes a new one.

    :param connection: the AWS connection to use
    :param attendant: keeps the vigils and lets calls pass; by default vigils are slept through
    """

    def __init__(self, connection: AwsConnection, attendant: Attendant | None = None) -> None:
        self._connection = connection
        self._attendant = attendant or Unattended()
        self._clients: dict[str, _Borrowed] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        async with AsyncExitStack() as all_of_them:
            for borrowed in self._clients.values():
                all_of_them.push_async_callback(borrowed.stack.aclose)
            self._clients.clear()

    async def hold(self, talk: Talk[Result]) -> Result:
        """Hold a talk."""
        progress = _Progress(talk)
        with closing(progress):
            while progress.step is not None:
                try:
                    answer = await self._do(progress.step)
                except Exception as error:  # noqa: BLE001 - the talk decides
                    progress.fail(error)
                else:
                    progress.answer(answer)
        return progress.result()

    async def _do(self, step: Step) -> Any:
        if isinstance(step, Pause):
            return await asyncio.sleep(step.seconds)
        if isinstance(step, Vigil):
            return await self._attendant.keep(step)
        async with self._attendant.admitted(step):
            return await self._call(step)

    async def _call(self, call: Call) -> Any:
        client = await self._client(call.service)
        try:
            answer = await getattr(client, call.operation)(**call.parameters)
        except Exception as error:
            self._attendant.heard(call, answer_of(error))
            if is_expired(error):
                self._connection.retire_async_client(call.service, client)
                await self._give_back(call.service)
            raise
        self._attendant.heard(call, answer)
        return answer

    async def _client(self, service: str) -> Any:
        borrowed = self._clients.get(service)
        if borrowed is None:
            self._clients[service] = await self._borrow(service)
        elif not borrowed.is_fresh:
            self._clients[service] = await self._renewed(service, borrowed)
        return self._clients[service].client

    async def _borrow(self, service: str) -> _Borrowed:
        stack = AsyncExitStack()
        client = await stack.enter_async_context(self._connection.async_client(service))
        return _Borrowed(client, stack, time.monotonic())

    async def _renewed(self, service: str, old: _Borrowed) -> _Borrowed:
        """Exchange a client; while Airflow does not answer the old one has to do."""
        try:
            new = await self._borrow(service)
        except SageMakerError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever Airflow's database or backend raises
            _LOG.warning("The client of %s is not renewed for now: %s", service, error)
            return replace(old, since=time.monotonic() - FRESH_SECONDS + _RENEW_AGAIN_SECONDS)
        await old.stack.aclose()
        return new

    async def _give_back(self, service: str) -> None:
        borrowed = self._clients.pop(service, None)
        if borrowed:
            await borrowed.stack.aclose()
