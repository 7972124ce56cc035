"""Request bodies of processing jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from airflow_sagemaker.bodies.security import Security
from airflow_sagemaker.bodies.tags import tag_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_sagemaker.bodies.resources import Resources

INPUT_ROOT = "/opt/ml/processing/input"
OUTPUT_ROOT = "/opt/ml/processing/output"
CODE_CHANNEL = "code"


def without_absent_inputs(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave out a request's inputs whose `S3Uri` is empty, as for a champion there is none of."""
    if not isinstance(body.get("ProcessingInputs"), list | tuple):
        return body
    present = [entry for entry in body["ProcessingInputs"] if _is_present(entry)]
    return {**body, "ProcessingInputs": present}


def _is_present(entry: Mapping[str, Any]) -> bool:
    return "S3Input" not in entry or bool(entry["S3Input"].get("S3Uri"))


@dataclass(frozen=True, kw_only=True)
class ProcessingInput:
    """Objects that the container finds below `/opt/ml/processing/input/<name>` when it starts.

    :param uri: a prefix, or the manifest that lists the objects
    """

    name: str
    uri: str
    kind: Literal["S3Prefix", "ManifestFile"] = "S3Prefix"
    distribution: Literal["FullyReplicated", "ShardedByS3Key"] = "FullyReplicated"

    @property
    def path(self) -> str:
        """Folder in the container."""
        return f"{INPUT_ROOT}/{self.name}"

    def body(self) -> dict[str, Any]:
        """Give the `ProcessingInput` structure."""
        source = {
            "S3Uri": self.uri,
            "LocalPath": self.path,
            "S3DataType": self.kind,
            "S3InputMode": "File",
            "S3DataDistributionType": self.distribution,
        }
        return {"InputName": self.name, "S3Input": source}


@dataclass(frozen=True, kw_only=True)
class ProcessingOutput:
    """What the container leaves in `/opt/ml/processing/output/<name>` goes to a prefix."""

    name: str
    uri: str

    @property
    def path(self) -> str:
        """Folder in the container."""
        return f"{OUTPUT_ROOT}/{self.name}"

    def body(self) -> dict[str, Any]:
        """Give the `ProcessingOutput` structure."""
        target = {"S3Uri": self.uri, "LocalPath": self.path, "S3UploadMode": "EndOfJob"}
        return {"OutputName": self.name, "S3Output": target}


@dataclass(frozen=True, kw_only=True)
class ProcessingScript:
    """The script a processing job runs.

    :param name: its file name in the code folder
    :param code_uri: the prefix that holds the code folder's files
    """

    name: str
    code_uri: str
    arguments: Sequence[str] = ()

    def code_input(self) -> ProcessingInput:
        """Give the input that brings the code into the container."""
        return ProcessingInput(name=CODE_CHANNEL, uri=self.code_uri)

    def app_specification(self, image_uri: str) -> dict[str, Any]:
        """Give the `AppSpecification` that runs the script with the image's Python."""
        specification: dict[str, Any] = {
            "ImageUri": image_uri,
            "ContainerEntrypoint": ["python3", f"{self.code_input().path}/{self.name}"],
        }
        if self.arguments:
            specification["ContainerArguments"] = list(self.arguments)
        return specification


def processing_job_body(
    *,
    image_uri: str,
    role_arn: str,
    script: ProcessingScript,
    inputs: Sequence[ProcessingInput],
    outputs: Sequence[ProcessingOutput],
    resources: Resources,
    security: Security | None = None,
    environment: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Build a `CreateProcessingJob` request without its name, which the operator gives."""
    shield = security or Security()
    body: dict[str, Any] = {
        "RoleArn": role_arn,
        "AppSpecification": script.app_specification(image_uri),
        "ProcessingInputs": [i.body() for i in (script.code_input(), *inputs)],
        "ProcessingOutputConfig": {"Outputs": [o.body() for o in outputs], **shield.output_key()},
        "ProcessingResources": {"ClusterConfig": resources.cluster(shield)},
        "StoppingCondition": resources.stopping_condition(),
        "Tags": tag_list(tags or {}),
    }
    if environment:
        body["Environment"] = dict(environment)
    if shield.network():
        body["NetworkConfig"] = shield.network()
    return body
