"""Which service answers a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.local_aws.wire.dispatch import Applications, Dispatcher, Middleware
from include.local_aws.wire.responses import answer
from tests.local_aws.wire.wsgi_client import call, request

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def speaker(word: str) -> WSGIApplication:
    """Return an application that says a word."""

    def speak(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return answer(start_response, 200, "text/plain", word.encode())

    return speak


def failing(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Fail before anything is answered."""
    del start_response
    raise KeyError("lost")


def dispatcher(middlewares: Sequence[Middleware] = ()) -> Dispatcher:
    """Return a dispatcher whose services say their names."""
    applications = Applications(
        sagemaker=speaker("sagemaker"),
        runtime=speaker("runtime"),
        s3=speaker("s3"),
        neighbours=speaker("neighbours"),
    )
    return Dispatcher(applications, middlewares)


TARGET = "SageMaker.ListModels"
FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (request(service="sagemaker", HTTP_X_AMZ_TARGET=TARGET), "sagemaker"),
        (request(service="sagemaker", path="/endpoints/a/invocations"), "runtime"),
        (request(service="sagemaker", path="/endpoints/a/async-invocations"), "runtime"),
        (request(service="sagemaker", path="/endpoints/a/invocations-response-stream"), "runtime"),
        (request(service="sagemaker", path="/BatchPutMetrics"), "neighbours"),
        (request("PUT", "/endpoints/a/invocations", service="s3"), "s3"),
        (request("PUT", "/bucket/key", service="s3"), "s3"),
        (request("GET", "/bucket/key"), "s3"),
        (request(service="logs", HTTP_X_AMZ_TARGET="Logs_20140328.PutLogEvents"), "neighbours"),
        (request(service="sts", CONTENT_TYPE=FORM), "neighbours"),
        (request(CONTENT_TYPE=FORM), "neighbours"),
        (request(HTTP_X_AMZ_TARGET="AWSCognitoIdentityService.GetId"), "neighbours"),
        (request(path="/moto-api/reset"), "neighbours"),
    ],
)
def test_routes(environ: WSGIEnvironment, expected: str) -> None:
    """The target, the path and the credential scope decide."""
    assert call(dispatcher(), environ).body == expected.encode()


def test_every_answer_has_a_request_id() -> None:
    """Each answer's id is its own."""
    ids = {call(dispatcher(), request()).headers["x-amzn-requestid"] for _ in range(3)}

    assert len(ids) == 3


def test_middlewares_wrap_every_service_the_first_one_outermost() -> None:
    """They see requests in order, and answers in reverse."""

    def adding(letter: bytes) -> Middleware:
        def wrap(application: WSGIApplication) -> WSGIApplication:
            def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
                return [letter, *application(environ, start_response), letter]

            return wrapped

        return wrap

    answered = call(dispatcher([adding(b"a"), adding(b"b")]), request(service="s3"))

    assert answered.body == b"abs3ba"


def test_a_closing_dispatcher_takes_logs_alone() -> None:
    """Jobs that are ending still write their last lines."""
    closing = dispatcher()
    closing.close()

    refused = call(closing, request(service="sagemaker", HTTP_X_AMZ_TARGET=TARGET))
    taken = call(closing, request(service="logs"))

    assert (refused.status, refused.json()["__type"]) == (503, "ServiceUnavailable")
    assert taken.body == b"neighbours"


def test_a_service_that_fails_answers_an_internal_failure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No traceback reaches the caller as HTML."""
    applications = Applications(sagemaker=failing, runtime=failing, s3=failing, neighbours=failing)

    answered = call(Dispatcher(applications), request(service="s3"))

    assert (answered.status, answered.json()["__type"]) == (500, "InternalFailure")
    assert "KeyError" in capsys.readouterr().err
