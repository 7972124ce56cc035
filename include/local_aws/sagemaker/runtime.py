"""SageMaker Runtime: invocations of endpoints, routed over their variants."""

from __future__ import annotations

import random
import sys
import traceback
from threading import Lock
from typing import TYPE_CHECKING, Any

from include.local_aws.sagemaker.endpoint_deployments import KIND
from include.local_aws.sagemaker.runtime_errors import (
    endpoint_not_found,
    invalid,
    model_failed,
    model_timed_out,
    model_went_away,
)
from include.local_aws.sagemaker.runtime_requests import (
    RuntimeRequest,
    read_request,
    write_error,
    write_response,
)
from include.local_aws.serving.fleet import (
    INVOCATION_SECONDS,
    EndpointId,
    EndpointUnavailableError,
)
from include.local_aws.serving.invocation import (
    Invocation,
    ModelTimeoutError,
    ModelUnreachableError,
)
from include.local_aws.wire.errors import AwsError, NotImplementedOperationError
from include.local_aws.wire.json_service import internal_failure
from include.local_aws.wire.scope import scope_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

    from include.local_aws.serving.fleet import Deployment, Fleet
    from include.local_aws.serving.invocation import Inference
    from include.local_aws.state.records import Records

LARGEST_BODY = 6_291_456
"""Bytes of a request's body (API reference, InvokeEndpoint)."""
_NOT_SERVING = {
    "Creating": "it is being created",
    "Deleting": "it is being deleted",
    "Failed": "its creation failed",
    "OutOfService": "its model could not be loaded again",
}
_UNSUPPORTED = ("TargetModel", "TargetContainerHostname", "InferenceComponentName", "SessionId")


class RuntimeApp:
    """SageMaker Runtime as a WSGI application: InvokeEndpoint.

    A request goes to `TargetVariant`, else to a variant drawn by the current weights; a variant of
    weight 0 is never drawn. InvokeEndpointAsync and InvokeEndpointWithResponseStream are answered
    with an error that names them.

    :param rng: Draws the variants; give it a seed to repeat a run.
    :param timeout: Seconds a container has to answer.
    """

    def __init__(
        self,
        records: Records,
        fleet: Fleet,
        *,
        rng: random.Random | None = None,
        timeout: float = INVOCATION_SECONDS,
    ) -> None:
        self._records = records
        self._fleet = fleet
        self._rng = rng or random.Random()  # noqa: S311 - it deals traffic, it keeps no secret
        self._rng_lock = Lock()
        self._timeout = timeout

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        try:
            _check_length(int(environ.get("CONTENT_LENGTH") or 0))
            request = read_request(environ)
            response = self._answer(request, scope_of(environ).region)
            return write_response(request.operation, response, start_response)
        except AwsError as error:
            return write_error(error, start_response)
        except Exception as error:  # noqa: BLE001 - whatever fails, the caller gets an AWS error
            traceback.print_exc(file=sys.stderr)
            return write_error(internal_failure(error), start_response)

    def _answer(self, request: RuntimeRequest, region: str) -> dict[str, Any]:
        if request.operation != "InvokeEndpoint":
            raise NotImplementedOperationError("SageMaker Runtime", request.operation)
        parameters = request.parameters
        for name in _UNSUPPORTED:
            if name in parameters:
                raise invalid(f"The embedded AWS does not implement {name} of InvokeEndpoint")
        _check_length(len(parameters["Body"]))
        endpoint = EndpointId(region, parameters["EndpointName"])
        self._require_invocable(endpoint)
        try:
            with self._fleet.serving(endpoint, self._timeout) as deployment:
                return self._invoke(endpoint, deployment, parameters)
        except EndpointUnavailableError as error:
            raise AwsError("ServiceUnavailable", str(error), status=503) from error

    def _require_invocable(self, endpoint: EndpointId) -> None:
        """Refuse at once what no waiting will cure; servers that restart are waited for."""
        if self._fleet.is_serving(endpoint):
            return
        description = self._records.get(KIND, endpoint.region, endpoint.name)
        if description is None:
            raise endpoint_not_found(endpoint.name)
        reason = _NOT_SERVING.get(description["EndpointStatus"])
        if reason:
            raise invalid(f"Endpoint {endpoint.name} is not in service: {reason}.")

    def _invoke(
        self, endpoint: EndpointId, deployment: Deployment, parameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        variant = self._choose(endpoint, deployment.weights, parameters.get("TargetVariant"))
        model = deployment.models[variant]
        container = model.plan.containers[-1].hostname
        try:
            answer = model.invoke(_invocation(parameters), self._timeout)
        except ModelTimeoutError as error:
            raise model_timed_out(endpoint, container) from error
        except ModelUnreachableError as error:
            raise model_went_away(endpoint, container) from error
        if not answer.ok:
            raise model_failed(endpoint, answer)
        return _response(answer, variant)

    def _choose(
        self, endpoint: EndpointId, weights: Mapping[str, float], target: str | None
    ) -> str:
        if target is not None:
            if target not in weights:
                raise invalid(f"Endpoint {endpoint.name} has no variant {target}.")
            return target
        names = [name for name, weight in weights.items() if weight > 0]
        if not names:
            raise invalid(
                f"All variants of endpoint {endpoint.name} have weight 0: none can be invoked "
                "without TargetVariant."
            )
        with self._rng_lock:
            return self._rng.choices(names, [weights[name] for name in names])[0]


def _invocation(parameters: Mapping[str, Any]) -> Invocation:
    body: bytes = parameters["Body"]
    return Invocation(
        body=body,
        length=len(body),
        content_type=parameters.get("ContentType", ""),
        accept=parameters.get("Accept", ""),
        custom_attributes=parameters.get("CustomAttributes", ""),
    )


def _response(answer: Inference, variant: str) -> dict[str, Any]:
    """Answer as AWS: custom attributes are those that the model set, none if it set none."""
    return {
        "Body": answer.body,
        "ContentType": answer.content_type or None,
        "InvokedProductionVariant": variant,
        "CustomAttributes": answer.custom_attributes or None,
    }


def _check_length(length: int) -> None:
    if length > LARGEST_BODY:
        text = f"Request body is larger than the limit of {LARGEST_BODY} bytes."
        raise AwsError("ValidationError", text, status=413)
