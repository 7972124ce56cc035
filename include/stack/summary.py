"""The run's result as a document for programs: `summary.json`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from include.stack import findings
from include.stack.findings import Bucket

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from include.stack.scenes import Played, Stage

VERSION = 1  # of the layout of summary.json; goes up when a key changes its meaning or goes


def summarise(stage: Stage, *, began: datetime, seconds: float) -> dict[str, Any]:
    """Read the run's result back from AWS.

    :param began: when the run began.
    :param seconds: how long it took.
    :raises StackError: if something that the run should have made is not there.
    """
    settings, aws_url = stage.settings, stage.stack.aws_url
    bucket = Bucket(aws_url=aws_url, name=settings.aws.bucket)
    return {
        "version": VERSION,
        "began": began.isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "stages": stages(stage.played, findings.jobs(aws_url)),
        "features": findings.features(bucket, settings.data.features),
        "training": training(aws_url),
        "evaluation": evaluation(bucket, settings.data.artifacts),
        "model_package": model_package(aws_url, settings.namespace),
        "endpoint": {"name": stage.endpoint, "answers": [asdict(each) for each in stage.answers]},
        "predictions": findings.predictions(bucket, settings.data.predictions),
    }


def stages(played: Sequence[Played], jobs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each scene with the jobs that were created while it was played."""
    documents: list[dict[str, Any]] = [
        {"name": scene.name, "seconds": round(scene.seconds, 1), "jobs": []} for scene in played
    ]
    for job in jobs:
        earlier = [n for n, scene in enumerate(played) if scene.began <= job["began"]]
        if earlier:
            fields = {key: value for key, value in job.items() if key != "began"}
            documents[earlier[-1]]["jobs"].append(fields)
    return documents


def training(aws_url: str) -> dict[str, Any]:
    """Return the training job's facts, with what each host logged that it read."""
    job = findings.training_job(aws_url)
    name = job["TrainingJobName"]
    messages = findings.log_messages(aws_url, group=findings.TRAINING_LOGS, job=name)
    return {
        "job": name,
        "image": job["AlgorithmSpecification"]["TrainingImage"],
        "instance_count": job["ResourceConfig"]["InstanceCount"],
        "seconds": job["TrainingTimeInSeconds"],
        "model": job["ModelArtifacts"]["S3ModelArtifacts"],
        "metrics": {
            metric["MetricName"]: metric["Value"] for metric in job.get("FinalMetricDataList", ())
        },
        "hosts": findings.shards(messages),
    }


def evaluation(bucket: Bucket, prefix: str) -> dict[str, Any]:
    """Return what the evaluate job found on the held-out days, beside the base rate predictor."""
    uri, report = findings.evaluation(bucket, prefix)
    return {
        "report": uri,
        "rows": report["rows"],
        "auc": report["challenger"]["auc"],
        "base_rate_auc": report["base_rate"]["auc"],
        "log_loss": report["challenger"]["log_loss"],
        "base_rate_log_loss": report["base_rate"]["log_loss"],
    }


def model_package(aws_url: str, namespace: str) -> dict[str, Any]:
    """Return the newest version in the registry."""
    package = findings.model_package(aws_url, namespace=namespace)
    return {
        "arn": package["ModelPackageArn"],
        "version": package["ModelPackageVersion"],
        "approval": package["ModelApprovalStatus"],
    }


def write(summary: dict[str, Any], path: Path) -> None:
    """Write `summary.json`."""
    path.write_text(f"{json.dumps(summary, indent=2)}\n", encoding="utf-8")
