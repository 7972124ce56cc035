"""The triggers behind the sensors; the scheduler may start them without a worker."""

from __future__ import annotations

import abc
import dataclasses
import random
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.triggers.base import TaskSuccessEvent, TriggerEvent

from airflow_sagemaker.bodies.job_kinds import KINDS
from airflow_sagemaker.decisions.polling import next_try_in
from airflow_sagemaker.exceptions import AwsCallError, PermanentAwsError
from airflow_sagemaker.hooks.aws_errors import may_pass
from airflow_sagemaker.hooks.connection import AwsConnection
from airflow_sagemaker.hooks.patience import IMPATIENT
from airflow_sagemaker.hooks.vigils import News, Vigil, WatchedJob
from airflow_sagemaker.triggers.held_event import SageMakerTrigger
from airflow_sagemaker.triggers.sightings import (
    Seen,
    Verdict,
    approval_seen,
    endpoint_seen,
    job_seen,
)
from airflow_sagemaker.triggers.task_result import push_result
from airflow_sagemaker.triggers.watcher import watched_talker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.hooks.aws_calls import Talk

VERSION = 1
"""Version of the arguments and of the event."""


class SageMakerSensorTrigger(SageMakerTrigger):
    """Look again and again; end the task when what is waited for has come.

    A failure resumes a worker, which looks for itself and raises the typed error. The arguments are
    flat, because Airflow renders those that are template fields of the sensor.

    :param aws_conn_id: the Airflow connection
    :param region_name: overrides the connection's region
    :param verify: whether to check certificates, or the path of a CA bundle
    :param botocore_config: arguments of botocore's `Config`
    :param poll_seconds: between two looks
    :param ends_here: whether a success leaves nothing for a worker
    :param push_result: whether what was seen is pushed as XCom
    :param hold_seconds: an event that resumes a worker is held back for so long from the start on
    :param version: of these arguments
    """

    names: ClassVar[tuple[str, ...]]

    def __init__(
        self,
        *,
        aws_conn_id: str | None,
        region_name: str | None,
        verify: bool | str | None,
        botocore_config: Mapping[str, Any] | None,
        poll_seconds: float,
        ends_here: bool,
        push_result: bool,
        hold_seconds: float,
        version: int = VERSION,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.verify = verify
        self.botocore_config = botocore_config
        self.poll_seconds = poll_seconds
        self.ends_here = ends_here
        self.push_result = push_result
        self.hold_seconds = hold_seconds
        self.version = version

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Give what another triggerer makes this trigger from."""
        common = (
            "aws_conn_id",
            "region_name",
            "verify",
            "botocore_config",
            "poll_seconds",
            "ends_here",
            "push_result",
            "hold_seconds",
            "version",
        )
        arguments = {name: getattr(self, name) for name in (*self.names, *common)}
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    async def wait(self) -> TriggerEvent:
        """Look until there is something to say."""
        try:
            seen = await self._watch()
        except PermanentAwsError as error:
            seen = Seen(verdict=Verdict.FAILED, words=str(error))
        if seen.verdict is Verdict.MET and self.ends_here and await self._is_reported(seen):
            return TaskSuccessEvent()
        payload = {"version": VERSION, "verdict": str(seen.verdict), "words": seen.words}
        return TriggerEvent(payload)  # type: ignore[no-untyped-call]

    @abc.abstractmethod
    def look(self) -> Talk[Seen]:
        """Look once."""

    async def _is_reported(self, seen: Seen) -> bool:
        return not self.push_result or await push_result(self.task_instance, seen.value, self.log)

    def vigil(self, seconds: float) -> Vigil:
        """Say what is waited for until the next look."""
        return Vigil(seconds=seconds)

    async def _watch(self) -> Seen:
        connection = AwsConnection(
            conn_id=self.aws_conn_id,
            region=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )
        async with watched_talker(connection) as talker:
            return await talker.hold(self._look_until_seen())

    def _look_until_seen(self) -> Talk[Seen]:
        yield from self._meet()
        errors, shown = 0, ""
        while True:
            try:
                seen = yield from self.look()
            except AwsCallError as error:
                if not may_pass(error):
                    raise
                errors += 1
                self.log.warning("Still waiting: %s", error)
                yield Vigil(seconds=_retry_in(errors, self.poll_seconds))
                continue
            errors = 0
            if seen.words != shown:
                self.log.info("%s", seen.words)
                shown = seen.words
            if seen.verdict is not Verdict.WAITING:
                return seen
            yield from self._keep_vigil()

    def _meet(self) -> Talk[None]:
        """Look at once, unless a listing shows that there is nothing to see yet."""
        vigil = self.vigil(0.0)
        if vigil.job:
            news = yield dataclasses.replace(vigil, is_first=True)
            if not news.look:
                yield from self._keep_vigil()

    def _keep_vigil(self) -> Talk[None]:
        news = News(look=False)
        while not news.look:
            news = yield self.vigil(self.poll_seconds)


def _retry_in(errors: int, poll_seconds: float) -> float:
    jitter = random.random()  # noqa: S311 - no secret
    return next_try_in(errors=errors, poll_seconds=max(poll_seconds, 1.0), jitter=jitter)


class SageMakerJobSensorTrigger(SageMakerSensorTrigger):
    """Wait for a job that others have made.

    :param kind: the job kind's key
    :param job_name: the job
    """

    names = ("kind", "job_name")

    def __init__(self, *, kind: str, job_name: str, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.kind = kind
        self.job_name = job_name

    def look(self) -> Talk[Seen]:
        """Look once."""
        return job_seen(KINDS[self.kind], self.job_name, IMPATIENT)

    def vigil(self, seconds: float) -> Vigil:
        """Let a listing look after the job, if others are waited for with it."""
        job = WatchedJob(
            kind=KINDS[self.kind],
            name=self.job_name,
            created=None,
            poll_seconds=self.poll_seconds,
        )
        return Vigil(seconds=seconds, job=job)


class SageMakerEndpointSensorTrigger(SageMakerSensorTrigger):
    """Wait until an endpoint serves.

    :param endpoint_name: the endpoint
    :param endpoint_config_name: the config it must serve; empty for any
    """

    names = ("endpoint_name", "endpoint_config_name")

    def __init__(self, *, endpoint_name: str, endpoint_config_name: str, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.endpoint_name = endpoint_name
        self.endpoint_config_name = endpoint_config_name

    def look(self) -> Talk[Seen]:
        """Look once."""
        return endpoint_seen(self.endpoint_name, self.endpoint_config_name, IMPATIENT)


class SageMakerModelPackageSensorTrigger(SageMakerSensorTrigger):
    """Wait for the word on a model package.

    :param model_package_arn: the version
    """

    names = ("model_package_arn",)

    def __init__(self, *, model_package_arn: str, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.model_package_arn = model_package_arn

    def look(self) -> Talk[Seen]:
        """Look once."""
        return approval_seen(self.model_package_arn, IMPATIENT)
