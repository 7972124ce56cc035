"""`python -m include.local_aws`."""

from __future__ import annotations

import signal
import socket
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from include.local_aws.sagemaker.engine import RESTARTED
from tests.local_aws.account import Account, wait_until
from tests.local_aws.request_bodies import model, training_job
from tests.local_aws.server_process import processes_with, started

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/deaf-script:1"


def start_deaf_job(account: Account) -> str:
    """Start a training job that ignores SIGTERM; return a text in its process's command line."""
    marker = account.name("deaf")
    algorithm = {
        "TrainingImage": SCRIPT_IMAGE,
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["/bin/sh", "-c"],
        "ContainerArguments": [f"trap '' TERM; while true; do sleep 0.2; done; : {marker}"],
    }
    account.client("s3").create_bucket(Bucket="bucket")
    account.client("sagemaker").create_training_job(
        **training_job(marker, AlgorithmSpecification=algorithm)
    )
    wait_until(lambda: processes_with(f": {marker}"), "the job's process")
    return f": {marker}"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_end(tmp_path: Path, number: int) -> None:
    """One line says that it is ready, nothing else is on stdout, and the exit code is 0."""
    with started(tmp_path) as server:
        with closing(server.account()) as account:
            assert account.client("sts").get_caller_identity()["Account"] == "123456789012"
            assert account.client("sagemaker").list_models()["Models"] == []

        code, out, err = server.end(number)

    assert (code, out, err) == (0, "", "")


def test_a_job_that_will_not_end_is_ended(tmp_path: Path) -> None:
    """It does not hold up the end for long (ten seconds on an idle machine), and it is gone."""
    with started(tmp_path) as server, closing(server.account()) as account:
        marker = start_deaf_job(account)

        began = time.monotonic()
        code, _, _ = server.end()

        assert code == 0
        assert time.monotonic() - began < 30
        assert processes_with(marker) == []


def test_after_a_kill_it_starts_again_where_it_was(tmp_path: Path) -> None:
    """Models are there, the running job is Failed with the reason, its process is gone."""
    with started(tmp_path) as server, closing(server.account()) as account:
        account.client("sagemaker").create_model(**model("survivor"))
        marker = start_deaf_job(account)
        server.end(signal.SIGKILL)

    with started(tmp_path) as server, closing(server.account()) as account:
        wait_until(lambda: not processes_with(marker), "the end of the left job")
        client = account.client("sagemaker")
        described = client.describe_training_job(TrainingJobName=marker.removeprefix(": "))
        assert client.describe_model(ModelName="survivor")["ModelName"] == "survivor"
        assert account.client("s3").list_buckets()["Buckets"][0]["Name"] == "bucket"
        assert server.end()[0] == 0

    assert described["TrainingJobStatus"] == "Failed"
    assert described["FailureReason"] == RESTARTED


def test_a_port_in_use(tmp_path: Path) -> None:
    """One line tells the port, and the exit code is 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with started(tmp_path, "--port", port) as server:
            code, out, err = server.wait()

    assert (code, out) == (2, "")
    assert err.splitlines() == [
        f"Cannot listen on 127.0.0.1:{port}: Address already in use; give another --port, or 0"
    ]


def test_a_state_directory_in_use(tmp_path: Path) -> None:
    """One line tells the directory and who has it, and the exit code is 2."""
    with started(tmp_path) as first:
        first.account()
        with started(tmp_path) as second:
            code, out, err = second.wait()

    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert f"State directory {tmp_path} is in use" in err
    assert str(first.process.pid) in err


def test_settings_without_meaning(tmp_path: Path) -> None:
    """They are refused before anything is served."""
    with started(tmp_path, "--transitions", "slow") as server:
        code, out, err = server.wait()

    assert (code, out) == (2, "")
    assert "Transitions are `fast`, `realistic` or seconds" in err


def test_a_state_directory_that_cannot_be_read(tmp_path: Path) -> None:
    """One line tells the file and what to do, and the exit code is 2."""
    (tmp_path / "sagemaker.sqlite").write_bytes(b"no database at all" * 100)

    with started(tmp_path) as server:
        code, out, err = server.wait()

    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "remove the state directory" in err
