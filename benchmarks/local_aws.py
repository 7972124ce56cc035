"""`make bench-local-aws`: the embedded AWS against moto's server, in turn, on one machine."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.report import Target, publish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 3
SMALL = b"x" * 4096
LARGE_MIB = 64
ROLE = "arn:aws:iam::123456789012:role/sagemaker-execution"
MOTO = "import sys; from moto.server import main; main(['-H', '127.0.0.1', '-p', sys.argv[1]])"


@contextmanager
def running(argv: list[str], endpoint: str) -> Iterator[float]:
    """Run a server; yield the seconds until it first answers."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log)
        try:
            _wait_until_it_answers(endpoint)
            yield time.monotonic() - started
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_until_it_answers(endpoint: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            client("sts", endpoint).get_caller_identity()
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def client(service: str, endpoint: str) -> Any:
    """A boto3 client without retries."""
    import boto3
    from botocore.config import Config

    config = Config(retries={"total_max_attempts": 1}, connect_timeout=1)
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the servers take any key
        config=config,
    )


def per_second(action: Callable[[int], object], count: int) -> float:
    """How many calls a second one client makes."""
    started = time.monotonic()
    for index in range(count):
        action(index)
    return count / (time.monotonic() - started)


def measure(endpoint: str) -> dict[str, float]:
    """The figures of one server."""
    s3, sagemaker = client("s3", endpoint), client("sagemaker", endpoint)
    bucket = f"bench-{time.time_ns()}"
    s3.create_bucket(Bucket=bucket)
    sagemaker.create_model(
        ModelName=bucket, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "xgboost"}
    )
    large = os.urandom(1024 * 1024) * LARGE_MIB
    return {
        "put 4 KiB, calls/s": per_second(
            lambda i: s3.put_object(Bucket=bucket, Key=f"k{i}", Body=SMALL), 300
        ),
        "get 4 KiB, calls/s": per_second(
            lambda i: s3.get_object(Bucket=bucket, Key=f"k{i}")["Body"].read(), 300
        ),
        "describe model, calls/s": per_second(
            lambda _: sagemaker.describe_model(ModelName=bucket), 300
        ),
        "put 64 MiB, MiB/s": LARGE_MIB
        * per_second(lambda _: s3.put_object(Bucket=bucket, Key="large", Body=large), 2),
        "get 64 MiB, MiB/s": LARGE_MIB
        * per_second(lambda _: s3.get_object(Bucket=bucket, Key="large")["Body"].read(), 2),
    }


def one_round(port: int) -> dict[str, dict[str, float]]:
    """Both servers, one after the other."""
    endpoint = f"http://127.0.0.1:{port}"
    figures = {}
    with tempfile.TemporaryDirectory() as state:
        ours = ["-m", "include.local_aws", "--port", str(port), "--state-dir", state]
        for name, arguments in {"ours": ours, "peer": ["-c", MOTO, str(port)]}.items():
            with running([sys.executable, *arguments], endpoint) as seconds:
                figures[name] = measure(endpoint) | {"start, s": seconds}
    return figures


def main() -> None:
    """Measure, print, write the JSON."""
    rounds = [one_round(45660 + index) for index in range(ROUNDS)]
    targets = [
        Target(
            name=name,
            ours=statistics.median(r["ours"][name] for r in rounds),
            peer=statistics.median(r["peer"][name] for r in rounds),
            target=1.0,
            better="lower" if name.startswith("start") else "higher",
        )
        for name in rounds[0]["ours"]
    ]
    path = publish("local-aws", targets, {"rounds": rounds})
    sys.stdout.write(f"{Path(path)}\n")


if __name__ == "__main__":
    main()
