"""A served model answers as SageMaker's script-mode containers do."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from include.local_aws.jobs.namespaces import Sandbox, best_sandbox
from include.local_aws.serving.invocation import ModelTimeoutError, ModelUnreachableError
from include.local_aws.serving.model_container import (
    ModelStartError,
    PingError,
    StartInterruptedError,
)
from tests.local_aws.account import wait_until
from tests.local_aws.serving.hosting import LOG_GROUP, invoke, make_model, serving
from tests.local_aws.serving.model_archives import (
    BROKEN,
    BUCKET,
    DOUBLING,
    IMAGE,
    WHOLE,
    model_archive,
    stored_model,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.local_aws.jobs.platform import JobPlatform
    from include.local_aws.s3.store import ObjectStore
    from include.local_aws.serving.served_model import ServedModel
    from tests.local_aws.serving.conftest import CollectedLogs


@pytest.fixture
def doubling(platform: JobPlatform, store: ObjectStore) -> Iterator[ServedModel]:
    """A model that doubles numbers, being served."""
    with serving(platform, stored_model(store, "m")) as model:
        yield model


def test_the_program_of_the_archive_answers(doubling: ServedModel) -> None:
    """model_fn, input_fn, predict_fn and output_fn of code/inference.py make the answer."""
    answer = invoke(doubling, "1\n2.5\n")

    assert (answer.status, answer.body, answer.content_type) == (200, b"2.0\n5.0\n", "text/csv")
    assert answer.container == "primary"


def test_accept_decides_the_answer_s_format(doubling: ServedModel) -> None:
    """Accept reaches output_fn; without one it is application/json."""
    assert invoke(doubling, "1", accept="").body == b"[2.0]"
    assert invoke(doubling, "1", accept="*/*").body == b"[2.0]"
    lines = invoke(doubling, b"1\n2\n", "application/jsonlines", accept="application/jsonlines")
    assert (lines.body, lines.content_type) == (b"2.0\n4.0\n", "application/jsonlines")


def test_custom_attributes_pass_both_ways(doubling: ServedModel) -> None:
    """The program sees the request's custom attributes and sets the response's."""
    assert invoke(doubling, "1", custom_attributes="trace-1").custom_attributes == "seen trace-1"
    assert invoke(doubling, "1").custom_attributes == ""


@pytest.mark.parametrize(
    ("body", "content_type", "answered"),
    [
        ("bad row", "text/csv", (422, b"not a number: bad row")),
        ("1", "image/png", (415, b"image/png is not read")),
        ("value error", "text/csv", (400, b"a value error")),
        ("-1", "text/csv", (500, b"no negative numbers")),
    ],
)
def test_an_exception_becomes_a_status_and_its_message(
    doubling: ServedModel,
    logs: CollectedLogs,
    body: str,
    content_type: str,
    answered: tuple[int, bytes],
) -> None:
    """The caller gets status and message, the log gets the traceback, and the server goes on."""
    answer = invoke(doubling, body, content_type)

    assert (answer.status, answer.body) == answered
    wait_until(lambda: "inference.py" in logs.of(LOG_GROUP), "the traceback in the log")
    assert invoke(doubling, "1").ok


def test_many_callers_are_answered_each_with_its_own(doubling: ServedModel) -> None:
    """Invocations from many threads do not mix."""
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: invoke(doubling, str(n)).body, range(300)))

    assert [f"{2.0 * number}\n".encode() for number in range(300)] == answers


def test_transform_fn_replaces_the_three_functions(
    platform: JobPlatform, store: ObjectStore
) -> None:
    """A program with transform_fn gets the whole request; other types than text stay bytes."""
    with serving(platform, stored_model(store, "m", WHOLE)) as model:
        answer = invoke(model, b"\x01\x02\xff", "application/x-thing", accept="")

    assert (answer.body, answer.content_type) == (b"\xff\x02\x01", "application/x-thing")


def test_an_answer_must_be_text_or_bytes(platform: JobPlatform, store: ObjectStore) -> None:
    """A program that answers an object gets a 500 that says so."""
    program = (
        "def model_fn(model_dir):\n    return None\n"
        "def transform_fn(model, body, content_type, accept):\n    return {'a': 1}, 'x/y'\n"
    )
    with serving(platform, stored_model(store, "m", program)) as model:
        answer = invoke(model, "1")

    assert (answer.status, answer.body[:25]) == (500, b"The program answered dict")


def test_the_container_gets_the_model_s_environment(
    platform: JobPlatform, store: ObjectStore
) -> None:
    """Environment variables of the definition reach the program; those of the server do not."""
    container = {**stored_model(store, "m", WHOLE), "Environment": {"THRESHOLD": "0.5"}}
    with serving(platform, container) as model:
        text = invoke(model, b"environment", "x/y").text

    assert "('THRESHOLD', '0.5')" in text
    assert "('AWS_REGION', 'us-east-1')" in text
    assert "PYTEST_CURRENT_TEST" not in text


def test_the_program_may_come_in_an_archive_of_its_own(
    platform: JobPlatform, store: ObjectStore
) -> None:
    """SAGEMAKER_PROGRAM is found in the archive that SAGEMAKER_SUBMIT_DIRECTORY names."""
    container = stored_model(store, "m", "raise RuntimeError('not this one')")
    source = model_archive(
        "", {"serve.py": "from words import answer\n" + WHOLE, "words.py": "answer = 1"}
    )
    store.put(BUCKET, "source/sourcedir.tar.gz", source)
    container["Environment"] = {
        "SAGEMAKER_PROGRAM": "serve.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{BUCKET}/source/sourcedir.tar.gz",
    }

    with serving(platform, container) as model:
        assert invoke(model, b"ab", "x/y").body == b"ba"


def test_the_sdk_s_repacked_model_is_found(platform: JobPlatform, store: ObjectStore) -> None:
    """SAGEMAKER_SUBMIT_DIRECTORY may be the code directory within the model."""
    container = {
        **stored_model(store, "m", "", **{"code/serve.py": WHOLE}),
        "Environment": {
            "SAGEMAKER_PROGRAM": "serve.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
        },
    }
    with serving(platform, container) as model:
        assert invoke(model, b"ab", "x/y").body == b"ba"


def test_the_model_may_be_loose_files(platform: JobPlatform, store: ObjectStore) -> None:
    """A ModelDataSource without compression brings every object below its prefix."""
    store.create_bucket(BUCKET)
    store.put(BUCKET, "loose/factor", b"3")
    store.put(BUCKET, "loose/code/inference.py", DOUBLING.encode())
    source = {
        "S3Uri": f"s3://{BUCKET}/loose/",
        "S3DataType": "S3Prefix",
        "CompressionType": "None",
    }
    container = {"Image": IMAGE, "ModelDataSource": {"S3DataSource": source}}

    with serving(platform, container) as model:
        assert invoke(model, "1").body == b"3.0\n"


def test_containers_in_a_row_hand_their_answers_on(
    platform: JobPlatform, store: ObjectStore
) -> None:
    """In an inference pipeline each container gets what the one before it answered."""
    first = {
        **stored_model(store, "first"),
        "Environment": {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/json"},
    }
    with serving(platform, first, stored_model(store, "second", factor="10")) as model:
        answer = invoke(model, "1\n2\n")
        failed = invoke(model, "bad")

    assert (answer.body, answer.container) == (b"20.0\n40.0\n", "container-2")
    assert (failed.status, failed.container) == (422, "container-1")


def test_execution_parameters_advise_batch_transform(doubling: ServedModel) -> None:
    """/execution-parameters tells how many requests and how large ones the server takes."""
    assert doubling.execution_parameters() == {
        "MaxConcurrentTransforms": 1,
        "BatchStrategy": "MULTI_RECORD",
        "MaxPayloadInMB": 6,
    }


def test_a_model_that_does_not_load_fails_with_its_last_words(
    platform: JobPlatform, store: ObjectStore
) -> None:
    """A failing model_fn ends the start, and the error carries the end of the log."""
    model = make_model(platform, stored_model(store, "m", BROKEN))

    with pytest.raises(PingError, match="exit code 1") as caught:
        model.start(60)

    assert "RuntimeError: the model is broken" in caught.value.log_tail
    assert not (platform.workspace / "model").exists()


def test_a_model_that_does_not_get_ready_in_time_fails(
    platform: JobPlatform, store: ObjectStore
) -> None:
    """A server that never answers its ping is given up after the timeout."""
    slow = "import time\ndef model_fn(model_dir):\n    time.sleep(600)\n"
    model = make_model(platform, stored_model(store, "m", slow))

    with pytest.raises(PingError, match=r"No answer to /ping within 0\.5 s"):
        model.start(0.5)


@pytest.mark.parametrize(
    ("container", "reason"),
    [
        (
            {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/gone.tar.gz"},
            "Failed to download model",
        ),
        ({"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/no-archive"}, "cannot be unpacked"),
        (
            {"Image": "nobody/has-this:1", "ModelDataUrl": f"s3://{BUCKET}/no-archive"},
            "no local runtime",
        ),
        ({"Image": IMAGE}, "no code/inference.py"),
        (
            {"Image": IMAGE, "Environment": {"SAGEMAKER_PROGRAM": "gone.py"}},
            "SAGEMAKER_PROGRAM gone.py is not in",
        ),
    ],
)
def test_a_model_that_is_not_there_fails_with_what_is_missing(
    platform: JobPlatform, store: ObjectStore, container: dict[str, str], reason: str
) -> None:
    """Missing data, a missing image and a missing program are told apart."""
    store.create_bucket(BUCKET)
    store.put(BUCKET, "no-archive", b"this is no tar")
    model = make_model(platform, container)

    with pytest.raises(ModelStartError) as caught:
        model.start(60)

    assert reason in caught.value.reason + caught.value.log_tail


def test_a_start_can_be_given_up(platform: JobPlatform, store: ObjectStore) -> None:
    """Setting the stop event ends a start that is under way."""
    slow = "import time\ndef model_fn(model_dir):\n    time.sleep(600)\n"
    stop = threading.Event()
    model = make_model(platform, stored_model(store, "m", slow), stop=stop)
    threading.Timer(0.3, stop.set).start()

    with pytest.raises(StartInterruptedError):
        model.start(600)


def test_a_server_that_dies_is_started_again(doubling: ServedModel, logs: CollectedLogs) -> None:
    """The invocation that killed it fails; those after it wait for the new server."""
    with pytest.raises(ModelUnreachableError):
        invoke(doubling, "crash")
    wait_until(lambda: "ended with exit code 3" in logs.of(LOG_GROUP), "the restart")

    assert invoke(doubling, "1").body == b"2.0\n"


def test_a_server_that_hangs_is_replaced(doubling: ServedModel, logs: CollectedLogs) -> None:
    """An invocation that takes too long ends with its timeout, and the server with it."""
    with pytest.raises(ModelTimeoutError):
        invoke(doubling, "sleep,600", timeout=0.5)
    wait_until(lambda: "is started again" in logs.of(LOG_GROUP), "the restart")

    assert invoke(doubling, "1").body == b"2.0\n"


def test_a_stopped_model_answers_nothing_more(platform: JobPlatform, store: ObjectStore) -> None:
    """After stop an invocation fails at once, and nothing is left on disk."""
    with serving(platform, stored_model(store, "m")) as model:
        pass

    with pytest.raises(ModelUnreachableError):
        invoke(model, "1", timeout=600)
    assert not (platform.workspace / "model").exists()


@pytest.fixture
def neighbour() -> Iterator[str]:
    """The URL of an HTTP server on the host's loopback."""

    class Hello(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with HTTPServer(("127.0.0.1", 0), Hello) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_network_isolation_cuts_the_container_off(
    platform: JobPlatform, store: ObjectStore, neighbour: str
) -> None:
    """With EnableNetworkIsolation the container answers and reaches nobody; without, it does."""
    if best_sandbox() is Sandbox.NONE:
        pytest.skip("this machine has no namespaces")
    container = {**stored_model(store, "m", WHOLE), "Environment": {"PROBE_URL": neighbour}}

    with serving(platform, container) as model:
        assert invoke(model, b"network", "x/y").body == b"hello"
    with serving(platform, container, EnableNetworkIsolation=True) as model:
        answer = invoke(model, b"network", "x/y")
        assert (answer.status, b"urlopen error" in answer.body) == (500, True)
        assert b"AWS_ENDPOINT_URL" not in invoke(model, b"environment", "x/y").body


def test_without_namespaces_models_are_served_too(
    platform: JobPlatform, store: ObjectStore, logs: CollectedLogs
) -> None:
    """Where the kernel forbids namespaces the server finds its files by their host paths."""
    bare = replace(platform, sandbox=Sandbox.NONE)
    container = {
        **stored_model(store, "m", "", **{"code/serve.py": DOUBLING}),
        "Environment": {
            "SAGEMAKER_PROGRAM": "serve.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
        },
    }
    with serving(bare, container) as model:
        assert json.loads(invoke(model, "1", accept="application/json").body) == [2.0]
    assert "without namespaces" in logs.of(LOG_GROUP)
