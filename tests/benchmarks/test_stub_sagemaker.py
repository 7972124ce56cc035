"""The stub in a process of its own, asked by boto3."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from benchmarks.stub_account import own_jobs, own_names, strangers

if TYPE_CHECKING:
    from benchmarks.stub_process import StubClient


def test_boto3_reads_its_answers(stub: StubClient, sagemaker: Any) -> None:
    """Boto3 describes and pages through the stub's jobs, and the calls are counted."""
    names, now = own_names(120), time.time()
    stub.add([*own_jobs(names, now), *strangers(600, now)])
    before = stub.counts()

    described = sagemaker.describe_training_job(TrainingJobName=names[0])
    pages = list(
        sagemaker.get_paginator("list_training_jobs").paginate(
            NameContains="bench-", PaginationConfig={"PageSize": 100}
        )
    )

    listed = [job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]]
    assert described["TrainingJobStatus"] == "InProgress"
    assert sorted(listed) == sorted(names)
    found = stub.counts().since(before)
    assert (found.of("Describe"), found.of("List"), found.of()) == (1, 2, 3)
    assert found.looked_at == 120


def test_end(stub: StubClient, sagemaker: Any) -> None:
    """A job ends when the stub is told so."""
    (name,) = own_names(1)
    stub.add(own_jobs([name], time.time()))

    stub.end({name: time.time() - 1})

    described = sagemaker.describe_training_job(TrainingJobName=name)
    assert described["TrainingJobStatus"] == "Completed"


def test_throttling(stub: StubClient, sagemaker: Any) -> None:
    """A share of the calls is refused as AWS does, and counted; none once it is over."""
    stub.throttle(1.0)
    with pytest.raises(ClientError, match="ThrottlingException"):
        sagemaker.list_training_jobs()
    assert stub.counts().refused == 1

    stub.throttle(0.0)
    assert sagemaker.list_training_jobs()["TrainingJobSummaries"] == []
    assert stub.counts().refused == 1
