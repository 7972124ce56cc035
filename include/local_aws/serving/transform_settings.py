"""What a transform job asks for, read from the body of CreateTransformJob."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.local_aws.jobs.channels import DataSource
from include.local_aws.jobs.errors import JobFailedError
from include.local_aws.jobs.s3_uri import S3Uri
from include.local_aws.serving.json_path import JsonPathError
from include.local_aws.serving.record_joining import RecordError, RecordJoining

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.local_aws.jobs.contract import JobRequest

_DEFAULT_PAYLOAD_MB = 6
_DEFAULT_TIMEOUT_SECONDS = 600
_DEFAULT_RETRIES = 3


@dataclass(frozen=True, kw_only=True)
class TransformSettings:
    """A transform job's settings.

    :param timeout: Seconds a request may take.
    :param retries: How often a request is repeated that the server failed.
    :param joining: The data processing, None if records pass through as they are.
    :param asked: The limits the job sets itself; a container may advise those it leaves out.
    """

    source: DataSource
    output: S3Uri
    content_type: str
    accept: str
    gzip: bool
    split: bool
    assemble_lines: bool
    instances: int
    timeout: float
    retries: int
    joining: RecordJoining | None
    environment: Mapping[str, str]
    asked: Mapping[str, Any]

    @classmethod
    def of_job(cls, request: JobRequest) -> TransformSettings:
        """Read a job's settings; raise `JobFailedError` for what cannot be done here."""
        body = request.body
        given, wanted = body["TransformInput"], body["TransformOutput"]
        split = given.get("SplitType", "None")
        if split not in {"None", "Line"}:
            raise JobFailedError(
                f"ClientError: The embedded AWS does not split objects by {split}: use SplitType "
                "Line or None"
            )
        client = body.get("ModelClientConfig", {})
        return cls(
            source=_data_source(given["DataSource"]["S3DataSource"]),
            output=S3Uri.parse(wanted["S3OutputPath"]),
            content_type=given.get("ContentType", ""),
            accept=wanted.get("Accept", ""),
            gzip=given.get("CompressionType", "None") == "Gzip",
            split=split == "Line",
            assemble_lines=wanted.get("AssembleWith", "None") == "Line",
            instances=body["TransformResources"]["InstanceCount"],
            timeout=float(client.get("InvocationsTimeoutInSeconds", _DEFAULT_TIMEOUT_SECONDS)),
            retries=client.get("InvocationsMaxRetries", _DEFAULT_RETRIES),
            joining=_joining(body),
            environment=body.get("Environment", {}),
            asked=body,
        )

    def container_environment(self) -> dict[str, str]:
        """Return what AWS tells the container of a transform job."""
        limits = {
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": self.asked.get("MaxPayloadInMB"),
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": self.asked.get("MaxConcurrentTransforms"),
            "SAGEMAKER_BATCH_STRATEGY": _upper(self.asked.get("BatchStrategy")),
        }
        told = {name: str(value) for name, value in limits.items() if value is not None}
        return {"SAGEMAKER_BATCH": "true", **told}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much goes to an instance at once."""

    concurrency: int
    payload_mb: int
    single: bool

    @classmethod
    def settle(cls, asked: Mapping[str, Any], advised: Mapping[str, Any]) -> Limits:
        """Take what the job sets, else what the container advises, else SageMaker's defaults."""
        strategy = _upper(asked.get("BatchStrategy")) or advised.get("BatchStrategy")
        payload_mb = asked.get("MaxPayloadInMB")
        if payload_mb is None:
            payload_mb = advised.get("MaxPayloadInMB", _DEFAULT_PAYLOAD_MB)
        concurrency = asked.get("MaxConcurrentTransforms") or advised.get("MaxConcurrentTransforms")
        return cls(
            concurrency=int(concurrency or 1),
            payload_mb=int(payload_mb),
            single=strategy == "SINGLE_RECORD",
        )

    def __str__(self) -> str:
        strategy = "SINGLE_RECORD" if self.single else "MULTI_RECORD"
        return (
            f"MaxConcurrentTransforms={self.concurrency}, MaxPayloadInMB={self.payload_mb}, "
            f"BatchStrategy={strategy}"
        )


def _data_source(source: Mapping[str, Any]) -> DataSource:
    data_type = source["S3DataType"]
    if data_type not in {"S3Prefix", "ManifestFile"}:
        raise JobFailedError(f"ClientError: Batch transform does not read S3DataType {data_type}")
    return DataSource(name="TransformInput", uri=S3Uri.parse(source["S3Uri"]), data_type=data_type)


def _joining(body: Mapping[str, Any]) -> RecordJoining | None:
    try:
        return RecordJoining.of_job(body)
    except (JsonPathError, RecordError) as error:
        raise JobFailedError(f"ClientError: {error}") from error


def _upper(strategy: str | None) -> str | None:
    return {"MultiRecord": "MULTI_RECORD", "SingleRecord": "SINGLE_RECORD"}.get(strategy or "")
