"""ARNs."""

from __future__ import annotations

from include.local_aws.sagemaker.arns import arn


def test_names_are_in_lower_case() -> None:
    """As AWS writes them."""
    expected = "arn:aws:sagemaker:eu-west-1:123456789012:training-job/my-job-1"

    assert arn("eu-west-1", "training-job", "My-Job-1") == expected
