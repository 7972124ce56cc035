"""Starts models in containers for tests, and talks to them."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any

from include.local_aws.serving.invocation import Inference, Invocation
from include.local_aws.serving.model_plan import plan_model
from include.local_aws.serving.served_model import ServedModel, ServingOrder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.local_aws.jobs.platform import JobPlatform

PATIENCE = 60.0
LOG_GROUP = "/tests"


def make_model(
    platform: JobPlatform, *containers: dict[str, Any], stop: Event | None = None, **more: Any
) -> ServedModel:
    """Return a model of these containers, not started; its log goes to `LOG_GROUP`."""
    if len(containers) == 1:
        more["PrimaryContainer"] = containers[0]
    else:
        more["Containers"] = list(containers)
    order = ServingOrder(
        name="a test",
        region="us-east-1",
        directory=platform.workspace / "model",
        log=lambda name, line: platform.logs.put("us-east-1", LOG_GROUP, name, [line]),
        stop=stop or Event(),
    )
    return ServedModel(plan_model({"ModelName": "m", **more}, lambda _: None), platform, order)


@contextmanager
def serving(
    platform: JobPlatform, *containers: dict[str, Any], **more: Any
) -> Iterator[ServedModel]:
    """Serve a model for the length of the block."""
    model = make_model(platform, *containers, **more)
    model.start(PATIENCE)
    try:
        yield model
    finally:
        model.stop()


def invoke(
    model: ServedModel,
    body: str | bytes,
    content_type: str = "text/csv",
    *,
    accept: str = "text/csv",
    timeout: float = PATIENCE,
    custom_attributes: str = "",
) -> Inference:
    """Invoke a model."""
    content = body.encode() if isinstance(body, str) else body
    invocation = Invocation(
        body=content,
        length=len(content),
        content_type=content_type,
        accept=accept,
        custom_attributes=custom_attributes,
    )
    return model.invoke(invocation, timeout)
