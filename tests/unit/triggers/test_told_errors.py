"""An error that a trigger met is raised on a worker as what it was."""

from __future__ import annotations

import json

import pytest

from airflow_sagemaker.exceptions import (
    InvalidRequestError,
    NameTakenError,
    PermanentAwsError,
    RetryableAwsError,
    SageMakerError,
    SupersededError,
)
from airflow_sagemaker.triggers.told_errors import error_document, told_error


@pytest.mark.parametrize(
    "error",
    [
        cls("what and why")
        for cls in (
            InvalidRequestError,
            NameTakenError,
            PermanentAwsError,
            RetryableAwsError,
            SupersededError,
        )
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_is_what_it_was(error: SageMakerError) -> None:
    """Retry policies go by the class."""
    told = told_error(json.loads(json.dumps(error_document(error))))

    assert type(told) is type(error)
    assert str(told) == "what and why"


@pytest.mark.parametrize("name", ["NoSuchError", "annotations", "__doc__"])
def test_an_unknown_class_becomes_a_plain_error(name: str) -> None:
    """A triggerer of a newer version may know more of them."""
    told = told_error({"type": name, "message": "x"})

    assert type(told) is SageMakerError
