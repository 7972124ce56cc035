"""Ask an endpoint one question after a release."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context

from airflow_sagemaker.exceptions import EndpointAnswerError
from airflow_sagemaker.hooks.hosting import HostingHook

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection


class SageMakerEndpointSmokeOperator(BaseOperator):
    """Invoke an endpoint once and insist that the released variant answers with a prediction.

    :param connection: the AWS connection to use
    :param endpoint: what `SageMakerEndpointUpdateOperator` gave (templated)
    :param request: the body to send
    :param answer: a regular expression that the whole answer must match
    :param content_type: the request's content type
    :param accept: the content type asked for
    """

    template_fields = ("endpoint",)

    def __init__(
        self,
        *,
        connection: AwsConnection,
        endpoint: Any,
        request: str,
        answer: str,
        content_type: str = "text/csv",
        accept: str = "text/csv",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.connection = connection
        self.endpoint = endpoint
        self.request = request
        self.answer = answer
        self.content_type = content_type
        self.accept = accept

    def execute(self, context: Context) -> dict[str, Any]:  # noqa: ARG002 - nothing of it is needed
        """Give the answer and the variant that gave it."""
        name, variant = self.endpoint["endpoint_name"], self.endpoint["variant"]
        got = HostingHook(self.connection).invoke(
            endpoint=name, body=self.request, content_type=self.content_type, accept=self.accept
        )
        if not re.fullmatch(self.answer, got.text.strip()):
            raise EndpointAnswerError(
                f"endpoint {name} answered {got.text[:200]!r}, which does not match "
                f"{self.answer!r}; see its log group, or correct `endpoint.smoke_answer`"
            )
        if got.variant != variant:
            raise EndpointAnswerError(
                f"endpoint {name} answered from variant {got.variant}, not from {variant}; "
                "somebody changed it meanwhile"
            )
        self.log.info("Endpoint %s answered %s from %s", name, got.text.strip(), got.variant)
        return {**self.endpoint, "answer": got.text.strip()}
