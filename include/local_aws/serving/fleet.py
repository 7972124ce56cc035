"""The servers of all endpoints: started before traffic reaches them, drained before they stop."""

from __future__ import annotations

import secrets
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition, Event
from typing import TYPE_CHECKING

from include.local_aws.jobs.workspace import remove
from include.local_aws.serving.model_container import ModelStartError, StartInterruptedError
from include.local_aws.serving.served_model import ServedModel, ServingOrder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from include.local_aws.jobs.platform import JobPlatform
    from include.local_aws.serving.deployment_plan import DeploymentPlan, VariantPlan

INVOCATION_SECONDS = 60.0
"""What AWS gives a container to answer an invocation."""
_DRAIN_SECONDS = INVOCATION_SECONDS + 1


@dataclass(frozen=True)
class EndpointId:
    """An endpoint: its region and name."""

    region: str
    name: str

    @property
    def log_group(self) -> str:
        """The log group of its containers."""
        return f"/aws/sagemaker/Endpoints/{self.name}"


class VariantStartError(Exception):
    """The containers of a variant did not come up."""

    def __init__(self, variant: str, error: ModelStartError) -> None:
        super().__init__(f"Variant {variant}: {error.reason}")
        self.variant = variant
        self.error = error


class EndpointUnavailableError(Exception):
    """No server of the endpoint, or of the variant, is there to answer."""


class Deployment:
    """The running servers of an endpoint's variants: one model server a variant.

    A variant's instances share that server, whatever its instance count: they would share this
    machine's cores too.
    """

    def __init__(self, models: dict[str, ServedModel], weights: Mapping[str, float]) -> None:
        self.models = models
        self.weights = weights
        self._idle = Condition()
        self._users = 0

    def hold(self) -> None:
        """Count one user more; `drain` waits for it."""
        with self._idle:
            self._users += 1

    def release(self) -> None:
        """Count one user less."""
        with self._idle:
            self._users -= 1
            self._idle.notify_all()

    def drain(self, seconds: float) -> None:
        """Wait until no invocation is under way, `seconds` at most."""
        with self._idle:
            self._idle.wait_for(lambda: self._users == 0, timeout=seconds)

    def stop(self, grace_seconds: float = 2.0) -> None:
        """Stop all servers at once."""
        with ThreadPoolExecutor(max_workers=max(1, len(self.models))) as pool:
            list(pool.map(lambda model: model.stop(grace_seconds), self.models.values()))


class Fleet:
    """The servers of every endpoint.

    Deploying is blue/green: `start` brings up servers beside those that serve, `serve` moves the
    traffic to them in one step, `retire` drains and stops the old ones. The containers' output goes
    to CloudWatch Logs, group `/aws/sagemaker/Endpoints/<endpoint>`, stream `<variant>/<instance>`.

    :param platform: The store, the images and the log sink that jobs use too. The containers'
        directories are in `endpoints` beside its workspace; what a process left there is removed.
    """

    def __init__(self, platform: JobPlatform) -> None:
        self._platform = platform
        self._root = platform.workspace.with_name("endpoints")
        remove(self._root)
        self._serving: dict[EndpointId, Deployment] = {}
        self._running: set[Deployment] = set()
        self._changed = Condition()
        self.closing = Event()

    def start(self, endpoint: EndpointId, plan: DeploymentPlan) -> Deployment:
        """Start servers for all variants, side by side, and wait until each answers its ping.

        If one fails all are stopped. Raises `VariantStartError`, and `StartInterruptedError` when
        the fleet shuts down.
        """
        deployment = Deployment(
            {variant.name: self._model(endpoint, variant) for variant in plan.variants},
            {variant.name: variant.weight for variant in plan.variants},
        )
        with self._changed:
            self._running.add(deployment)
        with ThreadPoolExecutor(max_workers=len(plan.variants)) as pool:
            starts = [
                pool.submit(_start, variant, deployment.models[variant.name])
                for variant in plan.variants
            ]
            wait(starts, return_when=FIRST_EXCEPTION)
            if any(start.done() and start.exception() for start in starts):
                self._stop(deployment)
        errors = [error for start in starts if (error := start.exception())]
        for error in sorted(errors, key=lambda error: not isinstance(error, VariantStartError)):
            raise error
        return deployment

    def serve(self, endpoint: EndpointId, deployment: Deployment) -> Deployment | None:
        """Send the endpoint's traffic to `deployment`; return what served before.

        Raises `StartInterruptedError` when the fleet shuts down.
        """
        with self._changed:
            if self.closing.is_set():
                raise StartInterruptedError
            before = self._serving.get(endpoint)
            self._serving[endpoint] = deployment
            self._changed.notify_all()
        return before

    def retire(self, deployment: Deployment) -> None:
        """Let the invocations under way end, then stop the servers."""
        deployment.drain(0 if self.closing.is_set() else _DRAIN_SECONDS)
        self._stop(deployment)

    def remove(self, endpoint: EndpointId) -> None:
        """Stop serving an endpoint."""
        with self._changed:
            deployment = self._serving.pop(endpoint, None)
            self._changed.notify_all()
        if deployment is not None:
            self.retire(deployment)

    def is_serving(self, endpoint: EndpointId) -> bool:
        """Whether requests to the endpoint reach a server."""
        with self._changed:
            return endpoint in self._serving

    def set_weights(self, endpoint: EndpointId, weights: Mapping[str, float]) -> None:
        """Route the endpoint's traffic by other weights from now on."""
        with self._changed:
            if endpoint in self._serving:
                self._serving[endpoint].weights = weights

    @contextmanager
    def serving(self, endpoint: EndpointId, timeout: float) -> Iterator[Deployment]:
        """Hold what serves the endpoint; waits `timeout` seconds for servers that are coming up.

        Raises `EndpointUnavailableError` if there are none.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: endpoint in self._serving or self.closing.is_set(), timeout
            )
            deployment = self._serving.get(endpoint)
            if deployment is None:
                raise EndpointUnavailableError(f"No server of endpoint {endpoint.name} is running")
            deployment.hold()
        try:
            yield deployment
        finally:
            deployment.release()

    def shutdown(self, grace_seconds: float = 2.0) -> None:
        """Stop every server and give up those that are starting; the fleet cannot be used after."""
        self.closing.set()
        with self._changed:
            deployments = list(self._running)
            self._serving.clear()
            self._changed.notify_all()
        if deployments:
            with ThreadPoolExecutor(max_workers=len(deployments)) as pool:
                list(pool.map(lambda deployment: deployment.stop(grace_seconds), deployments))

    def _stop(self, deployment: Deployment) -> None:
        deployment.stop()
        with self._changed:
            self._running.discard(deployment)

    def _model(self, endpoint: EndpointId, variant: VariantPlan) -> ServedModel:
        instance = f"i-{secrets.token_hex(9)[:17]}"
        several = len(variant.model.containers) > 1

        def log(container: str, line: str) -> None:
            stream = f"{variant.name}/{instance}" + (f"/{container}" if several else "")
            self._platform.logs.put(endpoint.region, endpoint.log_group, stream, [line])

        order = ServingOrder(
            name=f"variant {variant.name} of endpoint {endpoint.name}",
            region=endpoint.region,
            directory=self._root / instance,
            log=log,
            stop=self.closing,
        )
        return ServedModel(variant.model, self._platform, order)


def _start(variant: VariantPlan, model: ServedModel) -> None:
    try:
        model.start(variant.start_timeout)
    except ModelStartError as error:
        raise VariantStartError(variant.name, error) from error
