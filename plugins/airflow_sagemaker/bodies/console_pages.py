"""Addresses in AWS's console.

The hosts of the partitions are those of the AWS documentation (`aws`, `aws-cn`, `aws-us-gov`); the
fragment of CloudWatch's pages is encoded twice, with `$` for `%`, as the console writes it itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

_HOSTS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


@dataclass(frozen=True, kw_only=True)
class ConsolePages:
    """The console of one region.

    :param region: `us-east-1`
    :param partition: `aws`, `aws-cn` or `aws-us-gov`
    """

    region: str
    partition: str = "aws"

    @classmethod
    def of_arn(cls, arn: str) -> ConsolePages:
        """Give the console of the region that a resource is in: `arn:aws:sagemaker:us-east-1:…`."""
        _, partition, _, region, *_ = arn.split(":")
        return cls(region=region, partition=partition)

    def sagemaker(self, page: str) -> str:
        """Give a page of SageMaker.

        :param page: what follows the region: `#/jobs/x`
        """
        return f"{self._root}/sagemaker/home?region={self.region}{page}"

    def logs(self, group: str, stream_prefix: str = "") -> str:
        """Give the streams of a log group whose names begin so."""
        page = f"#logsV2:log-groups/log-group/{_twice(group)}"
        if stream_prefix:
            page += f"$3FlogStreamNameFilter$3D{_twice(stream_prefix)}"
        return f"{self._root}/cloudwatch/home?region={self.region}{page}"

    def s3(self, uri: str) -> str:
        """Give the page of an `s3://` prefix or object; nothing for any other text."""
        scheme, _, rest = uri.partition("://")
        if scheme != "s3" or not rest:
            return ""
        bucket, _, key = rest.partition("/")
        return f"{self._root}/s3/buckets/{quote(bucket)}?region={self.region}&prefix={quote(key)}"

    @property
    def _root(self) -> str:
        return f"https://{self.region}.{_HOSTS.get(self.partition, _HOSTS['aws'])}"


def _twice(text: str) -> str:
    return quote(quote(text, safe=""), safe="").replace("%", "$")
