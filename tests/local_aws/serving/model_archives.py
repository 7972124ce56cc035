"""Models to serve in tests: programs of the standard library alone, packed for SageMaker."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.local_aws.s3.store import ObjectStore

BUCKET = "models"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/python:3.11"

DOUBLING = """
import json
import os
import socket
import time

from sagemaker_inference.errors import BaseInferenceToolkitError


def model_fn(model_dir):
    with open(os.path.join(model_dir, "factor")) as file:
        return float(file.read())


def input_fn(body, content_type):
    if content_type == "application/jsonlines":
        return [json.loads(line) for line in body.decode().splitlines()]
    if content_type == "application/json":
        return json.loads(body)
    if content_type != "text/csv":
        raise BaseInferenceToolkitError(415, f"{content_type} is not read", "Unsupported")
    rows = body.splitlines()
    for row in rows:
        if row.startswith("bad"):
            raise BaseInferenceToolkitError(422, f"not a number: {row}", "Unprocessable")
        if row.startswith("value error"):
            raise ValueError("a value error")
        if row.startswith("crash"):
            os._exit(3)
        if row.startswith("sleep"):
            time.sleep(float(row.split(",")[1]))
            return [0.0]
    return [float(row.split(",")[0]) for row in rows]


def predict_fn(data, model):
    if data == [-1.0]:
        raise RuntimeError("no negative numbers")
    return [value * model for value in data] if isinstance(data, list) else data


def output_fn(prediction, accept, context):
    tag = context.get_request_header(0, "X-Amzn-SageMaker-Custom-Attributes")
    if tag:
        name = "X-Amzn-SageMaker-Custom-Attributes"
        context.set_response_header(0, name, f"seen {tag}")
    if accept == "application/json":
        return json.dumps(prediction)
    if accept == "application/jsonlines":
        return "".join(f"{json.dumps(value)}\\n" for value in prediction), accept
    return "".join(f"{value}\\n" for value in prediction), "text/csv"
"""
"""Answers every number, or the first of each CSV row, times the number in the file `factor`."""

GATED = DOUBLING.replace(
    "def model_fn(model_dir):",
    """def model_fn(model_dir):
    import urllib.error, urllib.request
    with open(os.path.join(model_dir, "gate")) as file:
        gate = f"{os.environ['AWS_ENDPOINT_URL']}/{file.read()}"
    while True:
        try:
            urllib.request.urlopen(gate).close()
            break
        except urllib.error.HTTPError:
            time.sleep(0.02)
""",
)
"""Like `DOUBLING`, and loads only once the S3 object is there that the file `gate` names."""

BROKEN = """
def model_fn(model_dir):
    raise RuntimeError("the model is broken")
"""

WHOLE = """
import os
import urllib.request


def model_fn(model_dir):
    return None


def transform_fn(model, body, content_type, accept):
    if body == b"environment":
        return repr(sorted(os.environ.items())), "text/plain"
    if body == b"network":
        with urllib.request.urlopen(os.environ["PROBE_URL"], timeout=60) as response:
            return response.read(), "text/plain"
    return body[::-1], content_type
"""
"""Answers the body backwards; `environment` and `network` tell about the container."""


def model_archive(program: str, files: Mapping[str, str] | None = None) -> bytes:
    """Return a model.tar.gz with a program and further files."""
    content = {"code/inference.py": program, "factor": "2", **(files or {})}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return packed.getvalue()


def stored_model(
    store: ObjectStore, name: str, program: str = DOUBLING, **files: str
) -> dict[str, Any]:
    """Put a model into the store; return its container definition."""
    if not store.bucket_exists(BUCKET):
        store.create_bucket(BUCKET)
    store.put(BUCKET, f"{name}/model.tar.gz", model_archive(program, files))
    return {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{name}/model.tar.gz"}
