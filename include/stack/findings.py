"""What a run left behind in AWS, read back from there: jobs, model, evaluation, predictions."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.stack.aws_client import aws_client
from include.stack.errors import StackError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SHARD = re.compile(r"^(?P<host>\S+) read (?P<channel>\w+): (?P<seen>\{.*\})$")
EVALUATION = "/evaluation.json"
TRAINING_LOGS = "/aws/sagemaker/TrainingJobs"


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """The bucket of an installation, and where it is."""

    aws_url: str
    name: str

    def keys(self, prefix: str) -> list[dict[str, Any]]:
        """Return the objects below a prefix."""
        pages = aws_client("s3", self.aws_url).get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.name, Prefix=f"{prefix}/")
        return [item for page in found for item in page.get("Contents", ())]

    def read(self, key: str) -> bytes:
        """Return an object's bytes."""
        body = aws_client("s3", self.aws_url).get_object(Bucket=self.name, Key=key)["Body"]
        return bytes(body.read())

    def count_rows(self, prefix: str, suffixes: tuple[str, ...]) -> dict[str, int]:
        """Return how many lines the data files of each partition `date=D` have."""
        rows: dict[str, int] = {}
        for item in self.keys(prefix):
            found = re.search(r"/date=([0-9-]+)/", item["Key"])
            if found and item["Key"].endswith(suffixes):
                rows[found[1]] = rows.get(found[1], 0) + self.read(item["Key"]).count(b"\n")
        return rows


def evaluation(bucket: Bucket, prefix: str) -> dict[str, Any]:
    """Return what the newest evaluate job wrote.

    :raises StackError: if none did.
    """
    documents = [item for item in bucket.keys(prefix) if item["Key"].endswith(EVALUATION)]
    if not documents:
        raise StackError(f"no evaluation.json below s3://{bucket.name}/{prefix}")
    newest = max(documents, key=lambda item: item["LastModified"])
    found: dict[str, Any] = json.loads(bucket.read(newest["Key"]))
    return found


def training_job(aws_url: str) -> dict[str, Any]:
    """Return the newest completed training job as `DescribeTrainingJob` has it.

    :raises StackError: if there is none.
    """
    sagemaker = aws_client("sagemaker", aws_url)
    listed = sagemaker.list_training_jobs(
        StatusEquals="Completed", SortBy="CreationTime", SortOrder="Descending", MaxResults=1
    )["TrainingJobSummaries"]
    if not listed:
        raise StackError("no training job has completed")
    name = listed[0]["TrainingJobName"]
    described: dict[str, Any] = sagemaker.describe_training_job(TrainingJobName=name)
    return described


def log_messages(aws_url: str, *, group: str, job: str) -> Iterator[str]:
    """Yield every line that any host of a job logged."""
    logs = aws_client("logs", aws_url)
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, logStreamNamePrefix=f"{job}/"
    )
    for page in pages:
        yield from (event["message"] for event in page["events"])


def shards(messages: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return what each host of a training job says it read, by channel."""
    hosts: dict[str, dict[str, Any]] = {}
    for message in messages:
        found = SHARD.match(message.strip())
        if found:
            hosts.setdefault(found["host"], {})[found["channel"]] = json.loads(found["seen"])
    return dict(sorted(hosts.items()))


def model_package(aws_url: str, *, namespace: str) -> dict[str, Any]:
    """Return the newest version of the installation's model package group.

    :raises StackError: if there is none.
    """
    sagemaker = aws_client("sagemaker", aws_url)
    for group in sagemaker.list_model_package_groups(NameContains=namespace)[
        "ModelPackageGroupSummaryList"
    ]:
        listed = sagemaker.list_model_packages(
            ModelPackageGroupName=group["ModelPackageGroupName"],
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=1,
        )["ModelPackageSummaryList"]
        if listed:
            newest: dict[str, Any] = listed[0]
            return newest
    raise StackError(f"no model package of {namespace} was registered")


def jobs(aws_url: str) -> list[dict[str, Any]]:
    """Return every job: kind, name, status and how long it took, oldest first."""
    sagemaker = aws_client("sagemaker", aws_url)
    found = []
    for kind in ("Processing", "Training", "Transform"):
        pages = sagemaker.get_paginator(f"list_{kind.lower()}_jobs").paginate()
        found += [
            (summary["CreationTime"], _job(kind, summary))
            for page in pages
            for summary in page[f"{kind}JobSummaries"]
        ]
    return [job for _, job in sorted(found, key=lambda each: each[0])]


def _job(kind: str, summary: dict[str, Any]) -> dict[str, Any]:
    ended = summary.get(f"{kind}EndTime") or summary.get("LastModifiedTime")
    seconds = (ended - summary["CreationTime"]).total_seconds() if ended else None
    return {
        "kind": kind.lower(),
        "name": summary[f"{kind}JobName"],
        "status": summary[f"{kind}JobStatus"],
        "seconds": seconds,
    }
