"""S3 addresses are read strictly and joined with exactly one slash."""

from __future__ import annotations

import pytest

from include.local_aws.jobs.errors import JobFailedError
from include.local_aws.jobs.s3_uri import S3Uri


def test_an_address_is_a_bucket_and_a_key() -> None:
    """The key may have slashes, and may be empty."""
    assert S3Uri.parse("s3://bucket/a/b") == S3Uri("bucket", "a/b")
    assert S3Uri.parse("s3://bucket") == S3Uri.parse("s3://bucket/") == S3Uri("bucket", "")


@pytest.mark.parametrize("text", ["bucket/key", "s3:///key", "https://bucket/key", ""])
def test_other_addresses_are_refused(text: str) -> None:
    """What is not s3://bucket/key fails the job."""
    with pytest.raises(JobFailedError, match="is not an S3 URI"):
        S3Uri.parse(text)


@pytest.mark.parametrize("base", ["s3://b/p", "s3://b/p/"])
def test_names_below_have_one_slash_between(base: str) -> None:
    """A trailing slash of the prefix makes no difference."""
    assert str(S3Uri.parse(base).below("job", "model.tar.gz")) == "s3://b/p/job/model.tar.gz"
    assert str(S3Uri.parse("s3://b").below("x")) == "s3://b/x"
