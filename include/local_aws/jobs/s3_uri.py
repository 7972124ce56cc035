"""An S3 address as jobs name it: `s3://bucket/key`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from include.local_aws.jobs.errors import JobFailedError


@dataclass(frozen=True)
class S3Uri:
    """A bucket and a key, or a key's prefix."""

    bucket: str
    key: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `s3://bucket/key`; `JobFailedError` if it is something else."""
        scheme, _, rest = text.partition("://")
        bucket, _, key = rest.partition("/")
        if scheme != "s3" or not bucket:
            raise JobFailedError(f"ClientError: {text!r} is not an S3 URI (s3://bucket/key).")
        return cls(bucket, key)

    def below(self, *names: str) -> S3Uri:
        """The address of something below this prefix, whether or not it ends in a slash."""
        parts = [part for part in (self.key.rstrip("/"), *names) if part]
        return S3Uri(self.bucket, "/".join(parts))

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"
