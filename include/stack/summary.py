"""The run's result: `summary.json` for programs and a short table for people."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from include.stack import findings
from include.stack.findings import Bucket

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from include.stack.scenes import Stage

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
        "stages": {name: round(taken, 1) for name, taken in stage.seconds.items()},
        "features": bucket.count_rows(settings.data.features, (".csv",)),
        "training": training(aws_url),
        "evaluation": findings.evaluation(bucket, settings.data.artifacts),
        "model_package": _model_package(aws_url, settings.namespace),
        "endpoint": {"name": stage.endpoint, "answers": [asdict(each) for each in stage.answers]},
        "predictions": bucket.count_rows(settings.data.predictions, (".out",)),
        "jobs": findings.jobs(aws_url),
    }


def training(aws_url: str) -> dict[str, Any]:
    """Return the training job's facts, with what each host logged that it read."""
    job = findings.training_job(aws_url)
    name = job["TrainingJobName"]
    messages = findings.log_messages(aws_url, group=findings.TRAINING_LOGS, job=name)
    return {
        "job": name,
        "image": job["AlgorithmSpecification"]["TrainingImage"],
        "instance_count": job["ResourceConfig"]["InstanceCount"],
        "seconds": job.get("TrainingTimeInSeconds"),
        "model": job["ModelArtifacts"]["S3ModelArtifacts"],
        "metrics": {
            metric["MetricName"]: metric["Value"] for metric in job.get("FinalMetricDataList", ())
        },
        "hosts": findings.shards(messages),
    }


def _model_package(aws_url: str, namespace: str) -> dict[str, Any]:
    package = findings.model_package(aws_url, namespace=namespace)
    return {
        "arn": package["ModelPackageArn"],
        "version": package["ModelPackageVersion"],
        "approval": package["ModelApprovalStatus"],
    }


def write(summary: dict[str, Any], path: Path) -> None:
    """Write `summary.json`."""
    path.write_text(f"{json.dumps(summary, indent=2)}\n", encoding="utf-8")
