"""Members of output shapes."""

from __future__ import annotations

from include.local_aws.sagemaker.shapes import output_members, pick, summary_members


def test_members_are_the_models() -> None:
    """Of an output, and of the summaries in a list."""
    assert {"ModelName", "CreationTime"} < output_members("DescribeModel")
    assert summary_members("ListModels", "Models") == {"ModelName", "ModelArn", "CreationTime"}


def test_pick() -> None:
    """Only what the shape has room for is answered."""
    assert pick({"a": 1, "b": 2}, frozenset("bc")) == {"b": 2}
