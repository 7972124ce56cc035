"""Models, endpoint configs and endpoints, from a worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.hosting_kinds import ENDPOINT, ENDPOINT_CONFIG, MODEL
from airflow_sagemaker.hooks.aws_calls import Call, hold
from airflow_sagemaker.hooks.endpoint_truth import differences
from airflow_sagemaker.hooks.hosting_talks import HostingTalks
from airflow_sagemaker.hooks.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.bodies.endpoint_states import EndpointView
    from airflow_sagemaker.bodies.hosting_kinds import HostingKind
    from airflow_sagemaker.hooks.aws_calls import Talk
    from airflow_sagemaker.hooks.connection import AwsConnection


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An endpoint's answer and the variant that gave it."""

    text: str
    variant: str


class HostingHook:
    """Makes, changes, verifies and deletes what serves a model, and asks it for answers.

    Every method raises `RetryableAwsError` if AWS was too busy or out of reach for longer than
    patience lasts, and `PermanentAwsError` if AWS refuses the call.

    :param connection: the AWS connection to use
    :param patience: how long a call that AWS is too busy for is tried again
    """

    def __init__(self, connection: AwsConnection, patience: Patience | None = None) -> None:
        self._connection = connection
        self._talks = HostingTalks(patience=patience or Patience())

    def ensure(self, kind: HostingKind, body: Mapping[str, Any]) -> bool:
        """Make a resource unless one of its name and content is there; gives whether it was made.

        :raises NameTakenError: if there is one of another content
        """
        return hold(self._connection, self._talks.ensure(kind, body))

    def ensure_model(self, body: Mapping[str, Any]) -> None:
        """Create a model unless it is there."""
        self.ensure(MODEL, body)

    def ensure_endpoint_config(self, body: Mapping[str, Any]) -> None:
        """Create an endpoint config unless it is there."""
        self.ensure(ENDPOINT_CONFIG, body)

    def describe(self, kind: HostingKind, name: str) -> dict[str, Any] | None:
        """Describe a resource; None if there is none of that name."""
        return hold(self._connection, self._talks.describe(kind, name))

    def endpoint(self, name: str) -> dict[str, Any] | None:
        """Describe an endpoint; None if there is none of that name."""
        return self.describe(ENDPOINT, name)

    def endpoint_view(self, name: str) -> EndpointView | None:
        """Look at an endpoint; None if there is none of that name."""
        return hold(self._connection, self._talks.endpoint(name))

    def create_endpoint(self, body: Mapping[str, Any]) -> bool:
        """Begin to make an endpoint; gives whether its name was free."""
        return hold(self._connection, self._talks.create(ENDPOINT, body))

    def update_endpoint(self, body: Mapping[str, Any]) -> None:
        """Begin an endpoint's update, once it is not being changed by somebody else."""
        hold(self._connection, self._talks.update_endpoint(body))

    def delete(self, kind: HostingKind, name: str) -> bool:
        """Delete a resource; gives whether there was one. An endpoint is gone a while later."""
        return hold(self._connection, self._talks.delete(kind, name))

    def differences(
        self, endpoint: str, config: str, *, keeps_properties: bool = False
    ) -> tuple[str, ...]:
        """Say in which ways an endpoint does not serve a config; nothing if it does.

        :param keeps_properties: whether the update was to retain weights and counts
        """
        talk = differences(self._talks, endpoint, config, keeps_properties=keeps_properties)
        return hold(self._connection, talk)

    def invoke(self, *, endpoint: str, body: str, content_type: str, accept: str) -> Answer:
        """Send one request to an endpoint and give its answer."""
        call = Call(
            service="sagemaker-runtime",
            operation="invoke_endpoint",
            about=f"endpoint {endpoint}",
            parameters={
                "EndpointName": endpoint,
                "Body": body.encode(),
                "ContentType": content_type,
                "Accept": accept,
            },
            needs="Body",
        )
        return hold(self._connection, _answer(call))


def _answer(call: Call) -> Talk[Answer]:
    given = yield call
    text = given["Body"].read().decode()
    return Answer(text=text, variant=given["InvokedProductionVariant"])
