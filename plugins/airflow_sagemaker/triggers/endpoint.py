"""Waiting for an endpoint in the triggerer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.triggers.base import TaskSuccessEvent, TriggerEvent

from airflow_sagemaker.exceptions import EndpointNotUpdatedError, PermanentAwsError
from airflow_sagemaker.hooks.connection import AwsConnection
from airflow_sagemaker.triggers.endpoint_watch import EndpointWatch, endpoint_report
from airflow_sagemaker.triggers.held_event import SageMakerTrigger
from airflow_sagemaker.triggers.task_result import push_result
from airflow_sagemaker.triggers.watcher import watched_talker

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1
"""Version of the arguments and of the event."""


class SageMakerEndpointTrigger(SageMakerTrigger):
    """Wait until an endpoint is at rest, or gone; end its task if it serves what was asked for.

    Nothing is stopped when the task is killed: SageMaker has no call that ends an update.

    :param endpoint_name: the endpoint
    :param config_name: the config it must serve
    :param began: whether the change that is waited for is the task's own
    :param ends_here: whether a success leaves nothing for a worker
    :param connection: what `AwsConnection.to_dict` gave
    :param poll_seconds: between two looks
    :param push_result: whether the report is pushed as XCom
    :param hold_seconds: an event that resumes a worker is held back for so long from the start on
    :param keeps_properties: whether weights and instance counts may differ from the config's
    :param prices: prices that win over the table
    :param about: what the event says beside the endpoint's name, and the report beside its own
    :param version: of these arguments
    """

    def __init__(
        self,
        *,
        endpoint_name: str,
        config_name: str,
        began: bool,
        ends_here: bool,
        connection: Mapping[str, Any],
        poll_seconds: float,
        push_result: bool,
        hold_seconds: float,
        keeps_properties: bool = False,
        prices: Mapping[str, float] | None = None,
        about: Mapping[str, Any] | None = None,
        version: int = VERSION,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.endpoint_name = endpoint_name
        self.config_name = config_name
        self.began = began
        self.ends_here = ends_here
        self.connection = AwsConnection.from_dict(connection)
        self.poll_seconds = poll_seconds
        self.push_result = push_result
        self.hold_seconds = hold_seconds
        self.keeps_properties = keeps_properties
        self.prices = dict(prices or {})
        self.about = dict(about or {})
        self.version = version

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Give what another triggerer makes this trigger from."""
        arguments = {
            "endpoint_name": self.endpoint_name,
            "config_name": self.config_name,
            "began": self.began,
            "ends_here": self.ends_here,
            "connection": self.connection.to_dict(),
            "poll_seconds": self.poll_seconds,
            "push_result": self.push_result,
            "hold_seconds": self.hold_seconds,
            "keeps_properties": self.keeps_properties,
            "prices": self.prices,
            "about": self.about,
            "version": self.version,
        }
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    async def wait(self) -> TriggerEvent:
        """Wait until the endpoint is at rest, or gone."""
        try:
            return await self._wait()
        except PermanentAwsError as error:
            return self._resuming(trouble=str(error))

    async def _wait(self) -> TriggerEvent:
        watch = EndpointWatch(name=self.endpoint_name, poll_seconds=self.poll_seconds, log=self.log)
        async with watched_talker(self.connection) as talker:
            await talker.hold(watch.wait())
            if not (self.began and self.ends_here):
                return self._resuming()
            report = endpoint_report(
                self.endpoint_name,
                self.config_name,
                prices=self.prices,
                keeps_properties=self.keeps_properties,
            )
            try:
                result = {**await talker.hold(report), **self.about}
            except EndpointNotUpdatedError:
                return self._resuming()
        self.log.info("%s", result)
        if self.push_result and not await push_result(self.task_instance, result, self.log):
            return self._resuming()
        return TaskSuccessEvent()

    def _resuming(self, *, trouble: str = "") -> TriggerEvent:
        return TriggerEvent(  # type: ignore[no-untyped-call]
            {
                "version": VERSION,
                "endpoint_name": self.endpoint_name,
                "began": self.began,
                "trouble": trouble,
                "about": self.about,
            }
        )
