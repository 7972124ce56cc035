"""The errors of SageMaker Runtime, which has other codes than the control plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.local_aws.sagemaker.arns import ACCOUNT
from include.local_aws.wire.errors import AwsError

if TYPE_CHECKING:
    from include.local_aws.serving.fleet import EndpointId
    from include.local_aws.serving.invocation import Inference

_SERVER_ERROR = 500
_LONGEST_MESSAGE = 8192


class ModelError(AwsError):
    """A model container answered with an error, or not at all (then `original_status` is 0)."""

    def __init__(
        self, endpoint: EndpointId, *, container: str, original_status: int, original: str
    ) -> None:
        side = "client" if 0 < original_status < _SERVER_ERROR else "server"
        group, region = endpoint.log_group, endpoint.region
        console = (
            f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
            f"#logEventViewer:group={group}"
        )
        super().__init__(
            "ModelError",
            f'Received {side} error ({original_status}) from {container} with message "{original}".'
            f" See {console} in account {ACCOUNT} for more information.",
            status=424,
        )
        self.fields = {
            "OriginalStatusCode": original_status,
            "OriginalMessage": original,
            "LogStreamArn": f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{group}",
        }


def model_failed(endpoint: EndpointId, answer: Inference) -> ModelError:
    """Build the answer to an invocation that the container refused."""
    return ModelError(
        endpoint,
        container=answer.container,
        original_status=answer.status,
        original=answer.text[:_LONGEST_MESSAGE],
    )


def model_timed_out(endpoint: EndpointId, container: str) -> ModelError:
    """Build the answer to an invocation that took too long."""
    return ModelError(
        endpoint,
        container=container,
        original_status=0,
        original=(
            f"Your invocation timed out while waiting for a response from container {container}. "
            "Review the latency metrics for each container in Amazon CloudWatch, resolve the "
            "issue, and try again."
        ),
    )


def model_went_away(endpoint: EndpointId, container: str) -> ModelError:
    """Build the answer to an invocation whose container died."""
    return ModelError(
        endpoint,
        container=container,
        original_status=0,
        original=(
            f"Amazon SageMaker could not get a response from the {endpoint.name} endpoint: "
            "the model server ended while it handled the request."
        ),
    )


def invalid(message: str) -> AwsError:
    """Build SageMaker Runtime's ValidationError."""
    return AwsError("ValidationError", message)


def endpoint_not_found(name: str) -> AwsError:
    """Build the answer to an invocation of an endpoint that is not there."""
    return invalid(f"Endpoint {name} of account {ACCOUNT} not found.")
