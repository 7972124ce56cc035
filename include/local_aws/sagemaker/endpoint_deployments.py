"""Carries endpoints through their lives: brings servers up, moves traffic, tidies up."""

from __future__ import annotations

import sys
import time
import traceback
from contextlib import suppress
from dataclasses import replace
from threading import Semaphore, Thread
from typing import TYPE_CHECKING, Any

from include.local_aws.sagemaker import endpoint_document as document
from include.local_aws.sagemaker.endpoint_update_faults import DEPLOYMENT, WEIGHTS, ending
from include.local_aws.serving.deployment_plan import DeploymentPlan
from include.local_aws.serving.fleet import EndpointId, VariantStartError
from include.local_aws.serving.model_container import PingError, StartInterruptedError
from include.local_aws.state.clock import now
from include.local_aws.state.records import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.local_aws.faults.rules import EndpointUpdateFault
    from include.local_aws.sagemaker.endpoint_update_faults import EndpointUpdateFaults
    from include.local_aws.sagemaker.tags import Tags
    from include.local_aws.serving.fleet import Deployment, Fleet
    from include.local_aws.settings import Transitions
    from include.local_aws.state.records import Records

KIND = "endpoint"
_RESTARTS_AT_ONCE = 2


class EndpointDeployments:
    """Does in the background what the endpoint operations only record.

    Each step starts a daemon thread. What the record says is enough to go on after a restart
    (`resume`): a server killed at any moment comes back with each endpoint where it was, or on its
    way there.
    """

    def __init__(
        self,
        records: Records,
        fleet: Fleet,
        tags: Tags,
        *,
        transitions: Transitions,
        faults: EndpointUpdateFaults,
    ) -> None:
        self._records = records
        self._fleet = fleet
        self._tags = tags
        self._pause = transitions.pause
        self._faults = faults
        self._restarts = Semaphore(_RESTARTS_AT_ONCE)

    def deploy(self, endpoint: EndpointId) -> None:
        """Start the pending servers, move the traffic to them, and retire the old ones."""
        self._run(endpoint, self._deploy)

    def settle(self, endpoint: EndpointId) -> None:
        """Let the desired weights and instance counts become the current ones."""
        self._run(endpoint, self._settle)

    def delete(self, endpoint: EndpointId) -> None:
        """Stop the servers and forget the endpoint."""
        self._run(endpoint, self._delete)

    def resume(self) -> None:
        """Take up every endpoint where an earlier process left it; returns at once."""
        steps = {
            "Creating": [self._deploy],
            "Updating": [self._restore, self._go_on],
            "InService": [self._restore],
            "OutOfService": [self._restore],
            "RollingBack": [self._restore, self._settle],
            "UpdateRollbackFailed": [self._restore],
            "Deleting": [self._delete],
        }
        for region, name, description in self._records.all(KIND):
            for_status = steps.get(description["EndpointStatus"], [])
            self._run(EndpointId(region, name), *for_status)

    def _run(self, endpoint: EndpointId, *steps: Callable[[EndpointId], None]) -> None:
        def run() -> None:
            try:
                for step in steps:
                    step(endpoint)
            except (StartInterruptedError, NotFoundError):
                """The server shuts down, or the endpoint is gone: the next start sees to it."""
            except Exception as error:  # noqa: BLE001 - a bug of ours fails the endpoint alone
                if not self._fleet.closing.is_set():
                    self._report(endpoint, error)

        Thread(target=run, daemon=True, name=f"endpoint {endpoint.name}").start()

    def _report(self, endpoint: EndpointId, error: Exception) -> None:
        traceback.print_exception(error, file=sys.stderr)
        with suppress(NotFoundError):
            self._fail(endpoint, f"InternalServerError: {type(error).__name__}: {error}")

    def _deploy(self, endpoint: EndpointId) -> None:
        plan = self._plan(endpoint, document.PENDING)
        visible_until = time.monotonic() + self._pause
        fault = self._fault(endpoint, DEPLOYMENT)
        if fault is not None:
            self._stay_until(visible_until)
            self._roll_back(endpoint, fault)
            return
        try:
            deployment = self._fleet.start(endpoint, plan)
        except VariantStartError as error:
            self._stay_until(visible_until)
            self._fail(endpoint, failure_reason(error))
            return
        self._stay_until(visible_until)
        self._switch(endpoint, deployment)

    def _switch(self, endpoint: EndpointId, deployment: Deployment) -> None:
        before = self._fleet.serve(endpoint, deployment)
        description = self._change(endpoint, lambda d: document.move_traffic(d, now()))
        if before is not None:
            self._fleet.closing.wait(description[document.WAITS])
            self._fleet.retire(before)
        self._change(endpoint, lambda d: document.finish(d, now()))

    def _settle(self, endpoint: EndpointId) -> None:
        self._stay_until(time.monotonic() + self._pause)
        fault = self._fault(endpoint, WEIGHTS)
        if fault is not None:
            self._change(endpoint, lambda d: document.rolling_back(d, now()))
            self._stay_until(time.monotonic() + self._pause)
            self._roll_back(endpoint, fault)
            return
        description = self._describe(endpoint)
        self._fleet.set_weights(endpoint, document.desired_weights(description))
        self._change(endpoint, lambda d: document.finish(d, now()))

    def _fault(self, endpoint: EndpointId, operation: str) -> EndpointUpdateFault | None:
        """Return the injected fault of an update; one of a new endpoint has nothing to go back to.

        A weight change that is being undone already, by an earlier process, has none either.
        """
        updating = self._describe(endpoint)["EndpointStatus"] == "Updating"
        if updating and self._fleet.is_serving(endpoint):
            return self._faults.take(endpoint, operation)
        return None

    def _roll_back(self, endpoint: EndpointId, fault: EndpointUpdateFault) -> None:
        status, reason = ending(fault)
        self._change(endpoint, lambda d: document.roll_back(d, status, reason, now()))

    def _delete(self, endpoint: EndpointId) -> None:
        visible_until = time.monotonic() + self._pause
        arn = self._describe(endpoint)["EndpointArn"]
        self._fleet.remove(endpoint)
        self._stay_until(visible_until)
        self._records.delete(KIND, endpoint.region, endpoint.name)
        self._tags.drop(arn)

    def _restore(self, endpoint: EndpointId) -> None:
        """Bring the servers of an endpoint back that was in service when the process ended."""
        plan = self._plan(endpoint, document.SERVING)
        try:
            with self._restarts:
                deployment = self._fleet.start(endpoint, plan)
        except VariantStartError as error:
            self._fail(endpoint, failure_reason(error))
            return
        self._fleet.serve(endpoint, deployment)
        if self._describe(endpoint)["EndpointStatus"] == "OutOfService":
            self._change(endpoint, lambda d: document.finish(d, now()))

    def _go_on(self, endpoint: EndpointId) -> None:
        """Continue an update that a restart interrupted."""
        if document.PENDING in self._describe(endpoint):
            self._deploy(endpoint)
        else:
            self._settle(endpoint)

    def _plan(self, endpoint: EndpointId, which: str) -> DeploymentPlan:
        """Return a recorded plan; the serving one with the weights that are in force."""
        description = self._describe(endpoint)
        plan = DeploymentPlan.from_document(description[which])
        if which == document.PENDING:
            return plan
        current = {s["VariantName"]: s["CurrentWeight"] for s in description["ProductionVariants"]}
        variants = tuple(replace(v, weight=current[v.name]) for v in plan.variants)
        return replace(plan, variants=variants)

    def _describe(self, endpoint: EndpointId) -> dict[str, Any]:
        description = self._records.get(KIND, endpoint.region, endpoint.name)
        if description is None:
            raise NotFoundError(KIND, endpoint.region, endpoint.name)
        return description

    def _change(
        self, endpoint: EndpointId, change: Callable[[dict[str, Any]], None]
    ) -> dict[str, Any]:
        return self._records.update(KIND, endpoint.region, endpoint.name, change)

    def _fail(self, endpoint: EndpointId, reason: str) -> None:
        serving = self._fleet.is_serving(endpoint)
        self._change(endpoint, lambda d: document.fail(d, reason, now(), serving=serving))

    def _stay_until(self, moment: float) -> None:
        """Keep a state visible; give up if the server shuts down."""
        self._fleet.closing.wait(max(0.0, moment - time.monotonic()))
        if self._fleet.closing.is_set():
            raise StartInterruptedError


def failure_reason(failure: VariantStartError) -> str:
    """Return the FailureReason of an endpoint whose variant did not come up, in AWS's words."""
    error = failure.error
    if not isinstance(error, PingError):
        return error.reason
    reason = (
        f"The {error.container} container for production variant {failure.variant} did not pass "
        "the ping health check. Please check CloudWatch logs for this endpoint."
    )
    last = error.log_tail[-600:].strip()
    return f"{reason} ({error.reason}. Last lines of the log: {last})"
