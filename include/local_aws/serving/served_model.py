"""A model that answers: its containers in a row, each given what the one before it made."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from include.local_aws.serving.invocation import ModelTimeoutError, ModelUnreachableError
from include.local_aws.serving.model_container import (
    START_SECONDS,
    HostingOrder,
    ModelContainer,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from threading import Event

    from include.local_aws.jobs.platform import JobPlatform
    from include.local_aws.serving.invocation import Inference, Invocation
    from include.local_aws.serving.model_plan import ModelPlan


@dataclass(frozen=True, kw_only=True)
class ServingOrder:
    """Where a model is served.

    :param name: For messages, for example "variant A of endpoint flights".
    :param directory: Host directory for its containers' files.
    :param log: Gets a container's host name and a line of its output.
    :param stop: Set to give up a start.
    """

    name: str
    region: str
    directory: Path
    log: Callable[[str, str], None]
    stop: Event
    environment: Mapping[str, str] = field(default_factory=dict)


class ServedModel:
    """A model's running containers; more than one are an inference pipeline."""

    def __init__(self, plan: ModelPlan, platform: JobPlatform, order: ServingOrder) -> None:
        self.plan = plan
        self._containers = [
            ModelContainer(
                container,
                platform,
                HostingOrder(
                    name=order.name,
                    region=order.region,
                    directory=order.directory / container.hostname,
                    log=_logger(order.log, container.hostname),
                    stop=order.stop,
                    network_isolation=plan.network_isolation,
                    environment=order.environment,
                ),
            )
            for container in plan.containers
        ]
        self._directory = order.directory

    def start(self, timeout: float = START_SECONDS) -> None:
        """Start every container; if one fails, stop those that run and raise what it raised."""
        try:
            for container in self._containers:
                container.start(timeout)
        except BaseException:
            self.stop()
            raise

    def invoke(self, invocation: Invocation, timeout: float) -> Inference:
        """Pass a request through the containers; an error of one ends its way."""
        deadline = time.monotonic() + timeout
        *before, last = self._containers
        for container in before:
            step = replace(invocation, accept="")
            answer = container.invoke(step, max(0.001, deadline - time.monotonic()))
            if not answer.ok:
                return answer
            invocation = replace(
                invocation,
                body=answer.body,
                length=len(answer.body),
                content_type=answer.content_type,
            )
        return last.invoke(invocation, max(0.001, deadline - time.monotonic()))

    def execution_parameters(self) -> dict[str, Any]:
        """Return what the first container advises for batch transform, if anything."""
        try:
            advice = json.loads(self._containers[0].execution_parameters() or b"{}")
        except (ValueError, ModelTimeoutError, ModelUnreachableError):
            return {}
        return advice if isinstance(advice, dict) else {}

    def stop(self, grace_seconds: float = 2.0) -> None:
        """Stop every container."""
        for container in self._containers:
            container.stop(grace_seconds)
        if self._directory.is_dir() and not any(self._directory.iterdir()):
            self._directory.rmdir()


def _logger(log: Callable[[str, str], None], hostname: str) -> Callable[[str], None]:
    return lambda line: log(hostname, line)
