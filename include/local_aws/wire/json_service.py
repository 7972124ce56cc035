"""A service that speaks AWS's JSON protocol, as a WSGI application."""

from __future__ import annotations

import json
import sys
import traceback
from typing import TYPE_CHECKING, Any

from include.local_aws.wire.errors import AwsError, NotImplementedOperationError
from include.local_aws.wire.operations import Call
from include.local_aws.wire.reading import ShapeReaders
from include.local_aws.wire.responses import json_answer, json_error
from include.local_aws.wire.scope import scope_of
from include.local_aws.wire.writing import ResponseShapeError, ShapeWriters

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from botocore.model import OperationModel, ServiceModel

    from include.local_aws.wire.operations import Handler, Operations


class JsonService:
    """A table of operations behind botocore's model of the service.

    Requests are validated against the model before a handler sees them. With `check_responses`
    every answer is validated too (required members, enumerations, patterns, ranges) and one that
    does not fit is answered as an InternalFailure: tests run that way.
    """

    def __init__(
        self, model: ServiceModel, operations: Operations, *, check_responses: bool = False
    ) -> None:
        self._model = model
        self._operations = operations
        self._check_responses = check_responses
        self._known = frozenset(model.operation_names)
        self._models: dict[str, OperationModel] = {}
        self._readers = ShapeReaders()
        self._writers = ShapeWriters()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        try:
            document = self._answer(environ)
        except AwsError as error:
            return json_error(start_response, error)
        except Exception as error:  # noqa: BLE001 - whatever fails, the caller gets an AWS error
            traceback.print_exc(file=sys.stderr)
            return json_error(start_response, internal_failure(error))
        return json_answer(start_response, document)

    def _answer(self, environ: WSGIEnvironment) -> dict[str, Any]:
        name = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        handler = self._handler(name)
        model = self._operation_model(name)
        body = _read_json(environ)
        parameters = self._readers.read(model.input_shape, body) if model.input_shape else {}
        call = Call(operation=name, parameters=parameters, region=scope_of(environ).region)
        return self._write(model, handler(call))

    def _handler(self, name: str) -> Handler:
        if name not in self._known:
            raise AwsError("UnknownOperationException", f"There is no operation {name!r}")
        handler = self._operations.find(name)
        if handler is None:
            raise NotImplementedOperationError(str(self._model.service_id), name)
        return handler

    def _operation_model(self, name: str) -> OperationModel:
        if name not in self._models:
            self._models[name] = self._model.operation_model(name)
        return self._models[name]

    def _write(self, model: OperationModel, response: dict[str, Any]) -> dict[str, Any]:
        if model.output_shape is None:
            if response:
                raise ResponseShapeError(f"{model.name} has no output, not {sorted(response)}")
            return {}
        document: dict[str, Any] = self._writers.writer(model.output_shape)(response)
        if self._check_responses:
            try:
                self._readers.read(model.output_shape, document)
            except AwsError as error:
                raise ResponseShapeError(f"{model.name}: {error.message}") from error
        return document


def internal_failure(error: BaseException) -> AwsError:
    """Build the answer to a request that met a bug of ours."""
    text = f"The embedded AWS failed: {type(error).__name__}: {error}"
    return AwsError("InternalFailure", text, status=500)


def _read_json(environ: WSGIEnvironment) -> dict[str, Any]:
    text = environ["wsgi.input"].read()
    try:
        document = json.loads(text or b"{}")
    except ValueError as error:
        raise AwsError("SerializationException", f"The body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise AwsError("SerializationException", "The body is not a JSON object")
    return document
