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
PARTITION = re.compile(r"/date=([0-9-]+)/")
MANIFEST = "/_manifest.json"
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

    def count_rows(self, key: str) -> int:
        """Return how many lines an object has."""
        return self.read(key).count(b"\n")


def features(bucket: Bucket, prefix: str) -> dict[str, int]:
    """Return how many rows the features of each day have."""
    rows: dict[str, int] = {}
    for item in bucket.keys(prefix):
        day = PARTITION.search(item["Key"])
        if day:
            rows[day[1]] = rows.get(day[1], 0) + bucket.count_rows(item["Key"])
    return rows


def predictions(bucket: Bucket, prefix: str) -> dict[str, int]:
    """Return how many predictions each day has, counted in the parts that its manifest names."""
    manifests = [item["Key"] for item in bucket.keys(prefix) if item["Key"].endswith(MANIFEST)]
    documents = [json.loads(bucket.read(key)) for key in manifests]
    return {
        document["partition"]: sum(bucket.count_rows(part["key"]) for part in document["parts"])
        for document in documents
    }


def evaluation(bucket: Bucket, prefix: str) -> tuple[str, dict[str, Any]]:
    """Return where the newest evaluate job wrote its report, and the report.

    :raises StackError: if none did.
    """
    documents = [item for item in bucket.keys(prefix) if item["Key"].endswith(EVALUATION)]
    if not documents:
        raise StackError(f"no evaluation.json below s3://{bucket.name}/{prefix}")
    key = max(documents, key=lambda item: item["LastModified"])["Key"]
    return f"s3://{bucket.name}/{key}", json.loads(bucket.read(key))


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
    """Return every job: kind, name, status, when it began and how long it took; oldest first."""
    sagemaker = aws_client("sagemaker", aws_url)
    found = []
    for kind in ("Processing", "Training", "Transform"):
        pages = sagemaker.get_paginator(f"list_{kind.lower()}_jobs").paginate()
        found += [_job(kind, each) for page in pages for each in page[f"{kind}JobSummaries"]]
    return sorted(found, key=lambda job: job["began"])


def _job(kind: str, summary: dict[str, Any]) -> dict[str, Any]:
    ended = summary.get(f"{kind}EndTime") or summary["LastModifiedTime"]
    return {
        "kind": kind.lower(),
        "name": summary[f"{kind}JobName"],
        "status": summary[f"{kind}JobStatus"],
        "began": summary["CreationTime"],
        "seconds": round((ended - summary["CreationTime"]).total_seconds(), 1),
    }
