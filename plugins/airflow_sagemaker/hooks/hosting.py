"""Models, endpoint configs and endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow_sagemaker.hooks.connection import AwsConnection

_ABSENT = ("Could not find", "does not exist", "RecordNotFound")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An endpoint's answer and the variant that gave it."""

    text: str
    variant: str


class HostingHook:
    """Creates what serves a model, once for each name, and asks it for answers.

    :param connection: the AWS connection to use
    """

    def __init__(self, connection: AwsConnection) -> None:
        self._connection = connection
        self._sagemaker = connection.client("sagemaker")

    def ensure_model(self, body: Mapping[str, Any]) -> None:
        """Create a model unless it is there; its name covers its content."""
        self._ensure(
            create=lambda: self._sagemaker.create_model(**body),
            describe=lambda: self._sagemaker.describe_model(ModelName=body["ModelName"]),
        )

    def ensure_endpoint_config(self, body: Mapping[str, Any]) -> None:
        """Create an endpoint config unless one of its name is there."""
        name = body["EndpointConfigName"]
        self._ensure(
            create=lambda: self._sagemaker.create_endpoint_config(**body),
            describe=lambda: self._sagemaker.describe_endpoint_config(EndpointConfigName=name),
        )

    def endpoint(self, name: str) -> dict[str, Any] | None:
        """Describe an endpoint; None if there is none of that name."""
        return self._describe(lambda: self._sagemaker.describe_endpoint(EndpointName=name))

    def invoke(self, *, endpoint: str, body: str, content_type: str, accept: str) -> Answer:
        """Send one request to an endpoint and give its answer."""
        answer = self._connection.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint, Body=body.encode(), ContentType=content_type, Accept=accept
        )
        return Answer(
            text=answer["Body"].read().decode(), variant=answer["InvokedProductionVariant"]
        )

    def _ensure(self, *, create: Callable[[], Any], describe: Callable[[], Any]) -> None:
        try:
            create()
        except self._sagemaker.exceptions.ClientError:
            if self._describe(describe) is None:
                raise

    def _describe(self, describe: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
        try:
            return describe()
        except self._sagemaker.exceptions.ClientError as error:
            details = error.response["Error"]
            if details["Code"] in {"ValidationException", "ResourceNotFound"} and any(
                words in details["Message"] for words in _ABSENT
            ):
                return None
            raise
