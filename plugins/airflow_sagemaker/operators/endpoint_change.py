"""What the endpoint operators do on a worker."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, NoReturn

from airflow_sagemaker.bodies.endpoint_states import EndpointPhase
from airflow_sagemaker.bodies.hosting_kinds import ENDPOINT
from airflow_sagemaker.bodies.request_policy import Guard, guarded
from airflow_sagemaker.decisions.endpoints import next_move
from airflow_sagemaker.hooks.aws_calls import hold
from airflow_sagemaker.hooks.hosting import HostingHook
from airflow_sagemaker.hooks.request_values import coerced, require_valid
from airflow_sagemaker.links.extra_links import CONSOLE, LOGS
from airflow_sagemaker.operators.outlet_events import announce
from airflow_sagemaker.triggers.deferral import deferral_hold, work_left
from airflow_sagemaker.triggers.endpoint_watch import EndpointWatch, endpoint_report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

    from airflow_sagemaker.operators.endpoint import EndpointChangeOperator

LOG_GROUP = "/aws/sagemaker/Endpoints"

_UPDATE_ONLY = ("Retain", "ExcludeRetained")
_CREATE_ONLY = "Tags"


class EndpointChange(abc.ABC):
    """A change of an endpoint, and the wait for it.

    :param operator: its fields are rendered
    :param context: Airflow's
    :param name: the endpoint
    :param config_name: the config it is to serve; empty if it is to be gone
    """

    def __init__(
        self, operator: EndpointChangeOperator, context: Context, name: str, config_name: str
    ) -> None:
        self._operator = operator
        self._context = context
        self._name = name
        self._config_name = config_name
        self._connection = operator.connection()
        self._hosting = HostingHook(self._connection)

    @abc.abstractmethod
    def advance(self, *, began: bool) -> dict[str, Any]:
        """Go on from where the endpoint stands; gives the task's result.

        :param began: whether the task has begun its change already
        """

    def _wait(self, *, began: bool) -> dict[str, Any]:
        """Wait until the endpoint is at rest or gone, then go on.

        A change of somebody else's is waited for in any case: SageMaker takes no second one.
        """
        operator = self._operator
        self._show_links()
        if began and not operator.wait_for_completion:
            return {
                "endpoint_name": self._name,
                "endpoint_config_name": self._config_name,
                **operator.about(),
            }
        if operator.deferrable:
            self._wait_in_triggerer(began=began)
        watch = EndpointWatch(name=self._name, poll_seconds=operator.poll_seconds, log=operator.log)
        hold(self._connection, watch.wait())
        return self.advance(began=began)

    def _wait_in_triggerer(self, *, began: bool) -> NoReturn:
        from airflow_sagemaker.triggers.endpoint import (  # noqa: PLC0415 - loads Airflow's core
            SageMakerEndpointTrigger,
        )

        operator = self._operator
        trigger = SageMakerEndpointTrigger(
            endpoint_name=self._name,
            config_name=self._config_name,
            began=began,
            ends_here=bool(self._config_name) and not work_left(operator),
            connection=self._connection.to_dict(),
            poll_seconds=operator.poll_seconds,
            push_result=operator.do_xcom_push,
            hold_seconds=deferral_hold(),
            prices=operator.prices,
            about=operator.about(),
        )
        timeout = operator.execution_timeout
        operator.defer(trigger=trigger, method_name="execute_complete", timeout=timeout)

    def _show_links(self) -> None:
        pages = self._operator.pages(self._connection)
        links = {
            CONSOLE.xcom_key: pages.sagemaker(ENDPOINT.page(self._name)),
            LOGS.xcom_key: pages.logs(f"{LOG_GROUP}/{self._name}"),
        }
        self._operator.offer_links(self._context, links)


class EndpointInstatement(EndpointChange):
    """Bring an endpoint to a config.

    :param body: the rendered request
    :param guard: what the team puts into requests and demands of them
    """

    def __init__(
        self,
        operator: EndpointChangeOperator,
        context: Context,
        body: Mapping[str, Any],
        guard: Guard | None,
    ) -> None:
        super().__init__(operator, context, body["EndpointName"], body["EndpointConfigName"])
        self._body = body
        self._guard = guard or Guard()

    def advance(self, *, began: bool) -> dict[str, Any]:
        """Create or update the endpoint unless that is done; gives what it serves then."""
        view = self._hosting.endpoint_view(self._name)
        if view is not None and not view.phase.settled:
            return self._wait(began=began)
        move = "leave" if began else next_move(view.raw if view else None, self._config_name)
        if move == "leave":
            return self._finish(weights_may_differ=not began)
        self._operator.log.info("endpoint %s: %s to %s", self._name, move, self._config_name)
        if move == "create":
            self._hosting.create_endpoint(self._create_body())
        else:
            self._hosting.update_endpoint(self._update_body())
        return self._wait(began=True)

    def _finish(self, *, weights_may_differ: bool) -> dict[str, Any]:
        self._show_links()
        operator = self._operator
        report = endpoint_report(
            self._name,
            self._config_name,
            prices=operator.prices,
            keeps_properties=weights_may_differ
            or bool(self._body.get("RetainAllVariantProperties")),
        )
        result = {**hold(self._connection, report), **operator.about()}
        operator.log.info("%s", result)
        announce(self._context, operator.outlets, result, None)
        return result

    def _create_body(self) -> dict[str, Any]:
        mine = {key: self._body[key] for key in self._body if not key.startswith(_UPDATE_ONLY)}
        complete = guarded(coerced("CreateEndpoint", mine), ENDPOINT, self._guard)
        require_valid("CreateEndpoint", complete)
        return complete

    def _update_body(self) -> dict[str, Any]:
        mine = {key: self._body[key] for key in self._body if key != _CREATE_ONLY}
        complete = coerced("UpdateEndpoint", mine)
        require_valid("UpdateEndpoint", complete)
        return complete


class EndpointDeletion(EndpointChange):
    """Delete an endpoint."""

    def __init__(self, operator: EndpointChangeOperator, context: Context, name: str) -> None:
        super().__init__(operator, context, name, "")

    def advance(self, *, began: bool) -> dict[str, Any]:
        """Delete the endpoint unless it is gone; gives whether this task has done it."""
        view = self._hosting.endpoint_view(self._name)
        if view is None:
            return {"endpoint_name": self._name, "deleted": began}
        if view.phase is not EndpointPhase.DELETING:
            self._hosting.delete(ENDPOINT, self._name)
        return self._wait(began=True)
