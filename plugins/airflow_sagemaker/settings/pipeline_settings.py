"""The shape of `pipeline.yaml`: every setting of a model, its type, limits and default."""

# ruff: noqa: TC003, RUF009 - the reader evaluates the annotations; given() and setting() are fields

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from airflow_sagemaker.bodies.prices import PriceList
from airflow_sagemaker.bodies.request_policy import Guard, Requirement
from airflow_sagemaker.bodies.security import Security
from airflow_sagemaker.decisions.identity import NAMESPACE_LIMIT
from airflow_sagemaker.decisions.promotion import PromotionRule
from airflow_sagemaker.settings.constraints import given, setting

_BUCKET = r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]"
_PREFIX = r"[A-Za-z0-9_\-.]+(/[A-Za-z0-9_\-.=]+)*"
_ROLE = r"arn:aws[a-z\-]*:iam::\d{12}:role/[a-zA-Z_0-9+=,.@\-/]+"
_INSTANCE = r"ml\.[a-z0-9\-]+\.[a-z0-9]+"
_MIDNIGHT = r"0 0 \S+ \S+ \S+"
_CRON = r"\S+ \S+ \S+ \S+ \S+"
_SCRIPT = r"[A-Za-z0-9_\-]+\.py"


@dataclass(frozen=True, kw_only=True)
class AwsSettings:
    """Where and as whom the model's jobs run, and what every request of them must have.

    :param security: network, isolation and keys of every request that names none itself
    :param tags: tags of everything the model makes, such as those costs are allocated by
    :param require: a request that lacks one of these is refused before any call
    :param prices: USD per instance and hour, by instance type or `rate/instance type`; they win
        over the built-in table
    :param max_job_minutes: a job that was made longer ago than this is stopped, also while it
        still waits for instances
    """

    bucket: str = setting(pattern=_BUCKET, hint="the name of a bucket, without s3://")
    role_arn: str = setting(pattern=_ROLE, hint="the ARN of an IAM role")
    conn_id: str = "aws_default"
    region: str = setting("us-east-1", pattern=r"[a-z]{2}(-[a-z]+)+-\d", hint="an AWS region")
    poll_seconds: int = setting(30, minimum=1, maximum=600)
    security: Security = field(default_factory=Security)
    tags: Mapping[str, str] = field(default_factory=dict)
    require: tuple[Requirement, ...] = ()
    prices: Mapping[str, float] = field(default_factory=dict)
    max_job_minutes: int | None = setting(None, minimum=1, maximum=40320)

    @property
    def guard(self) -> Guard:
        """What these settings put into requests and demand of them."""
        return Guard(
            role_arn=self.role_arn, security=self.security, tags=self.tags, require=self.require
        )

    @property
    def price_list(self) -> PriceList:
        """The prices in the region, the team's own first."""
        return PriceList(region=self.region, own=self.prices)


@dataclass(frozen=True, kw_only=True)
class ContainerSettings:
    """What the jobs run in.

    :param code: the folder with their scripts, beside the settings file
    :param exclude: patterns of file names in it that stay here, such as requirements that the image
        has already; the containers would install a requirements.txt
    """

    image: str = setting(pattern=r"[a-zA-Z0-9][\S]{0,254}", hint="the URI of a container image")
    code: str = setting("jobs", pattern=_PREFIX, hint="a folder beside the settings file")
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DataSettings:
    """Prefixes in the bucket; partitions lie below them as `date=2013-01-31/`."""

    raw: str = setting(pattern=_PREFIX, hint="a prefix without slashes at its ends")
    features: str = setting(pattern=_PREFIX, hint="a prefix without slashes at its ends")
    predictions: str = setting(pattern=_PREFIX, hint="a prefix without slashes at its ends")
    artifacts: str = setting(pattern=_PREFIX, hint="a prefix without slashes at its ends")
    starts: date = field(default=date(2000, 1, 1))
    ends: date | None = None


@dataclass(frozen=True, kw_only=True)
class ScheduleSettings:
    """Cron expressions in UTC; null leaves a Dag to its assets and to people."""

    features: str = setting(
        "0 0 * * *", pattern=_MIDNIGHT, hint="a cron expression at midnight, such as '0 0 * * *'"
    )
    batch_inference: str = setting(
        "0 0 * * *", pattern=_MIDNIGHT, hint="a cron expression at midnight, such as '0 0 * * *'"
    )
    training: str | None = setting(
        None, pattern=_CRON, hint="a cron expression of five fields, such as '0 6 * * 1'"
    )
    max_active_runs: int = setting(4, minimum=1, maximum=100)


@dataclass(frozen=True, kw_only=True)
class ProcessingSettings:
    """A processing job: its script and the instances it runs on."""

    script: str = setting(pattern=_SCRIPT, hint="the file name of a script in the code folder")
    instance_type: str = setting(pattern=_INSTANCE, hint="an instance type such as ml.m5.large")
    instance_count: int = setting(1, minimum=1, maximum=100)
    volume_gb: int = setting(30, minimum=1, maximum=16384)
    max_runtime_minutes: int = setting(60, minimum=1, maximum=40320)
    image: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class WindowSettings:
    """Days of features a training run reads, in time order: train, then validation, then test.

    :param history_days: all of them together
    """

    history_days: int = setting(minimum=3, maximum=3660)
    validation_days: int = setting(minimum=1, maximum=366)
    test_days: int = setting(minimum=1, maximum=366)

    @property
    def held_out_days(self) -> int:
        """Days that are not trained on."""
        return self.validation_days + self.test_days


@dataclass(frozen=True, kw_only=True)
class MetricSettings:
    """A metric SageMaker reads from the training job's log by a regular expression."""

    name: str = setting(pattern=r"\S(.{0,253}\S)?", hint="a name of up to 255 characters")
    regex: str = setting(
        pattern=r"(?s).{1,500}", hint="a regular expression of up to 500 characters"
    )


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """The training job: script, hosts, window, hyperparameters and metrics."""

    script: str = setting(pattern=_SCRIPT, hint="the file name of a script in the code folder")
    instance_type: str = setting(pattern=_INSTANCE, hint="an instance type such as ml.m5.xlarge")
    instance_count: int = setting(1, minimum=1, maximum=100)
    volume_gb: int = setting(30, minimum=1, maximum=16384)
    max_runtime_minutes: int = setting(60, minimum=1, maximum=40320)
    image: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    window: WindowSettings
    hyperparameters: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    metrics: tuple[MetricSettings, ...] = setting((), maximum=40)


@dataclass(frozen=True, kw_only=True)
class InferenceSettings:
    """How a model answers: its script and what it takes and gives."""

    script: str = setting(pattern=_SCRIPT, hint="the file name of a script in the code folder")
    image: str | None = None
    content_type: str = "text/csv"
    accept: str = "text/csv"
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class BatchInferenceSettings:
    """The transform job over one features partition.

    :param input_filter: JSONPath that picks from an input line what the model is given
    :param output_filter: JSONPath that picks what is written from the line and its answer joined
    :param join_source: `Input` writes the answer beside the line it belongs to
    """

    instance_type: str = setting(pattern=_INSTANCE, hint="an instance type such as ml.m5.large")
    instance_count: int = setting(1, minimum=1, maximum=100)
    strategy: Literal["MultiRecord", "SingleRecord"] = "MultiRecord"
    max_payload_mb: int = setting(6, minimum=1, maximum=100)
    max_concurrent_transforms: int = setting(1, minimum=1, maximum=100)
    input_filter: str | None = None
    output_filter: str | None = None
    join_source: Literal["None", "Input"] = "None"


@dataclass(frozen=True, kw_only=True)
class EndpointSettings:
    """The endpoint that serves the model.

    :param smoke_request: a body the endpoint must be able to answer after each release
    :param smoke_answer: regular expression that the whole answer must match
    """

    instance_type: str = setting(pattern=_INSTANCE, hint="an instance type such as ml.t2.medium")
    instance_count: int = setting(1, minimum=1, maximum=100)
    smoke_request: str = setting(
        pattern=r"(?s).{1,4096}", hint="a request of up to 4096 characters"
    )
    smoke_answer: str = r"[-+0-9.eE]+"


@dataclass(frozen=True, kw_only=True)
class PipelineSettings:
    """Everything the Dags of one model need to know.

    :param name: the model's name, which is its folder's
    :param folder: where its settings and scripts are
    :param namespace: names the installation; it is in every resource's name and tags
    """

    name: str = given()
    folder: Path = given()
    namespace: str = setting(
        pattern=rf"[a-z0-9]{{1,{NAMESPACE_LIMIT}}}",
        hint=f"up to {NAMESPACE_LIMIT} lower-case letters and digits",
    )
    aws: AwsSettings
    container: ContainerSettings
    data: DataSettings
    schedules: ScheduleSettings = field(default_factory=ScheduleSettings)
    features: ProcessingSettings
    training: TrainingSettings
    evaluation: ProcessingSettings
    promotion: PromotionRule = field(default_factory=PromotionRule)
    inference: InferenceSettings
    batch_inference: BatchInferenceSettings
    endpoint: EndpointSettings
