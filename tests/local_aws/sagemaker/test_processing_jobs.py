"""Processing jobs: what AWS checks and fills in beyond the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from include.local_aws.sagemaker.job_kinds import PROCESSING
from tests.local_aws.job_calls import JobCalls

if TYPE_CHECKING:
    from tests.local_aws.account import Account


@pytest.fixture
def jobs(control_plane: Account) -> JobCalls:
    """Processing jobs."""
    return JobCalls(control_plane, PROCESSING)


def test_a_day_is_the_default_time(jobs: JobCalls) -> None:
    """A job without a StoppingCondition may run a day."""
    description = jobs.describe(jobs.create())

    assert description["StoppingCondition"] == {"MaxRuntimeInSeconds": 86_400}


def test_inputs_and_outputs_have_names_of_their_own(jobs: JobCalls) -> None:
    """A name given twice is refused."""
    source = {
        "S3Uri": "s3://bucket/in",
        "LocalPath": "/opt/ml/processing/in",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
    }
    target = {
        "S3Uri": "s3://bucket/out",
        "LocalPath": "/opt/ml/processing/out",
        "S3UploadMode": "EndOfJob",
    }

    with pytest.raises(ClientError, match="InputName must be unique in ProcessingInputs"):
        jobs.create(ProcessingInputs=[{"InputName": "a", "S3Input": source}] * 2)
    outputs = [{"OutputName": "a", "S3Output": target}] * 2
    with pytest.raises(ClientError, match="OutputName must be unique"):
        jobs.create(ProcessingOutputConfig={"Outputs": outputs})
