"""What the sensors have in common."""

from __future__ import annotations

import importlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from airflow.sdk import BaseSensorOperator, PokeReturnValue
from airflow.sdk.exceptions import AirflowSkipException

from airflow_sagemaker.bodies.console_pages import ConsolePages
from airflow_sagemaker.exceptions import SageMakerError
from airflow_sagemaker.hooks.aws_calls import hold
from airflow_sagemaker.hooks.connection import AwsConnection
from airflow_sagemaker.links.extra_links import store_links
from airflow_sagemaker.triggers.deferral import (
    deferral_hold,
    is_deferrable_by_default,
    work_left,
)
from airflow_sagemaker.triggers.sightings import Verdict
from airflow_sagemaker.triggers.start_place import why_worker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

    from airflow_sagemaker.hooks.aws_calls import Talk
    from airflow_sagemaker.triggers.sightings import Seen


class SageMakerSensor(BaseSensorOperator):
    """Wait for what others do.

    A deferrable sensor is started in the triggerer by the scheduler, with no worker at all, where
    its arguments allow it (`start_place.why_worker`); `defers_from_worker_because` says why not.

    :param aws_conn_id: the Airflow connection (templated)
    :param region_name: overrides the connection's region (templated)
    :param verify: whether to check certificates, or the path of a CA bundle
    :param botocore_config: arguments of botocore's `Config`
    :param deferrable: whether to wait in the triggerer; by default `[sagemaker] deferrable`
    :param poke_interval: seconds between two looks
    """

    trigger_path: ClassVar[str]
    error: ClassVar[type[SageMakerError]]
    template_fields: Sequence[str] = ("aws_conn_id", "region_name")
    ui_color = "#e6f1f2"

    def __init__(
        self,
        *,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: Mapping[str, Any] | None = None,
        deferrable: bool | None = None,
        poke_interval: timedelta | float = 30,
        **kwargs: Any,
    ) -> None:
        super().__init__(poke_interval=poke_interval, **kwargs)
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.verify = verify
        self.botocore_config = botocore_config
        self.deferrable = is_deferrable_by_default() if deferrable is None else deferrable
        self.link_urls: Mapping[str, str] | None = None
        self.defers_from_worker_because = ""

    def look(self) -> Talk[Seen]:
        """Look once."""
        raise NotImplementedError

    def trigger_arguments(self) -> dict[str, Any]:
        """Give what the trigger is to look at, under the names of template fields."""
        raise NotImplementedError

    def _settle_start(self) -> None:
        """Decide where the wait starts; subclasses call it last when they are made."""
        arguments = {name: getattr(self, name) for name in self.template_fields}
        self.defers_from_worker_because = why_worker(arguments)
        if not self.deferrable or self.defers_from_worker_because:
            return
        from airflow.triggers.base import StartTriggerArgs  # noqa: PLC0415 - not always needed

        self.start_trigger_args = StartTriggerArgs(
            trigger_cls=self.trigger_path,
            trigger_kwargs=self._arguments(hold_seconds=0.0),
            next_method="execute_complete",
            timeout=timedelta(seconds=self.timeout),
        )
        self.start_from_trigger = True

    def execute(self, context: Context) -> Any:
        """Wait; gives what was seen in the end."""
        self.link_urls = {}
        if not self.deferrable:
            return super().execute(context)
        seen = self._look_on_worker(context)
        if seen.verdict is Verdict.WAITING:
            self._wait_in_triggerer()
        return seen.value

    def poke(self, context: Context) -> PokeReturnValue:
        """Look once; gives whether what is waited for has come."""
        seen = self._look_on_worker(context)
        return PokeReturnValue(is_done=seen.verdict is Verdict.MET, xcom_value=seen.value)

    def execute_complete(self, context: Context, event: Any) -> dict[str, Any]:
        """Go on after the trigger; look again, for the event only wakes the task."""
        self.log.info("The trigger says: %s", event)
        try:
            seen = self._look_on_worker(context)
        except SageMakerError as error:
            if self.never_fail:
                raise AirflowSkipException(str(error)) from error
            raise
        if seen.verdict is Verdict.WAITING:
            self._wait_in_triggerer()
        return seen.value

    def _look_on_worker(self, context: Context) -> Seen:
        connection = self._connection()
        self.link_urls = self.links(connection)
        store_links(context, self.link_urls)
        seen = hold(connection, self.look())
        self.log.info("%s", seen.words)
        if seen.verdict is Verdict.FAILED:
            raise self.error(f"{seen.words}; what is waited for cannot come any more")
        return seen

    def links(self, connection: AwsConnection) -> dict[str, str]:
        """Give the addresses of what is waited for, by `xcom_key`."""
        del connection
        return {}

    def _wait_in_triggerer(self) -> NoReturn:
        module, _, name = self.trigger_path.rpartition(".")
        trigger_class = getattr(importlib.import_module(module), name)
        self.defer(
            trigger=trigger_class(**self._arguments(hold_seconds=deferral_hold())),
            method_name="execute_complete",
            timeout=timedelta(seconds=self.timeout),
        )

    def _arguments(self, *, hold_seconds: float) -> dict[str, Any]:
        return {
            **self.trigger_arguments(),
            "aws_conn_id": self.aws_conn_id,
            "region_name": self.region_name,
            "verify": self.verify,
            "botocore_config": self.botocore_config,
            "poll_seconds": self.poke_interval,
            "ends_here": not work_left(self, mapped=False),
            "push_result": self.do_xcom_push,
            "hold_seconds": hold_seconds,
        }

    def _connection(self) -> AwsConnection:
        return AwsConnection(
            conn_id=self.aws_conn_id,
            region=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )

    def _pages(self, connection: AwsConnection) -> ConsolePages:
        meta = connection.client("sagemaker").meta
        return ConsolePages(region=meta.region_name, partition=meta.partition)
