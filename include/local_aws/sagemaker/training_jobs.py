"""Training jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.local_aws.sagemaker import warm_pools
from include.local_aws.sagemaker.job_kinds import TRAINING
from include.local_aws.sagemaker.jobs import ControlPlane, Jobs
from include.local_aws.state.records import NotFoundError
from include.local_aws.wire.errors import validation_error

if TYPE_CHECKING:
    from include.local_aws.jobs.contract import Executor
    from include.local_aws.wire.operations import Call, Handler

_DAY = 86_400
_SWITCHES = (
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
)


class TrainingJobs(Jobs):
    """The training jobs' operations, with their warm pools."""

    def __init__(self, plane: ControlPlane, executor: Executor) -> None:
        super().__init__(
            TRAINING,
            plane,
            executor=executor,
            describe=describe_training,
            view=warm_pools.told,
            prepare=warm_pools.WarmPools(plane.records).join,
        )
        self._records = plane.records

    def operations(self) -> dict[str, Handler]:
        """Return the operations."""
        return {**super().operations(), "UpdateTrainingJob": self._update}

    def _update(self, call: Call) -> dict[str, Any]:
        """Change how long a warm pool is kept, the one thing that can be changed here."""
        name = call.parameters["TrainingJobName"]
        others = sorted(call.parameters.keys() - {"TrainingJobName", "ResourceConfig"})
        if others or "ResourceConfig" not in call.parameters:
            raise validation_error(
                "UpdateTrainingJob updates ResourceConfig only in the embedded AWS, "
                f"not {', '.join(others) or 'nothing'}"
            )
        seconds = call.parameters["ResourceConfig"]["KeepAlivePeriodInSeconds"]
        try:
            record = self._records.update(
                TRAINING.kind, call.region, name, lambda d: warm_pools.keep_for(d, seconds)
            )
        except NotFoundError as error:
            raise TRAINING.unknown_error(name) from error
        return {"TrainingJobArn": record["TrainingJobArn"]}


def describe_training(call: Call) -> dict[str, Any]:
    """Check a CreateTrainingJob call; the fields that its description has besides."""
    body = call.parameters
    _check_algorithm(body)
    _check_resources(body)
    _check_channels(body)
    warm_pools.check(body)
    stopping = {"MaxRuntimeInSeconds": _DAY, **body.get("StoppingCondition", {})}
    _check_spot(stopping, spot=body.get("EnableManagedSpotTraining", False))
    output = body["OutputDataConfig"]["S3OutputPath"].rstrip("/")
    artifact = f"{output}/{body['TrainingJobName']}/output/model.tar.gz"
    return {
        **{switch: body.get(switch, False) for switch in _SWITCHES},
        **warm_pools.in_use(body),
        "StoppingCondition": stopping,
        "ModelArtifacts": {"S3ModelArtifacts": artifact},
    }


def _check_algorithm(body: dict[str, Any]) -> None:
    if "ServerlessJobConfig" in body:
        raise validation_error("ServerlessJobConfig is not implemented by the embedded AWS")
    algorithm = body.get("AlgorithmSpecification")
    if algorithm is None:
        raise validation_error("AlgorithmSpecification must be present")
    if ("TrainingImage" in algorithm) == ("AlgorithmName" in algorithm):
        raise validation_error(
            "Exactly one of TrainingImage and AlgorithmName must be present "
            "in AlgorithmSpecification"
        )
    if "AlgorithmName" in algorithm:
        raise validation_error(
            "AlgorithmName is not implemented by the embedded AWS; give a TrainingImage"
        )


def _check_resources(body: dict[str, Any]) -> None:
    resources = body.get("ResourceConfig", {})
    if "InstanceGroups" in resources:
        raise validation_error(
            "InstanceGroups is not implemented by the embedded AWS; "
            "give InstanceType and InstanceCount"
        )
    if "InstanceType" not in resources or resources.get("InstanceCount", 0) < 1:
        raise validation_error(
            "ResourceConfig must have an InstanceType and an InstanceCount of at least 1"
        )


def _check_channels(body: dict[str, Any]) -> None:
    names = [channel["ChannelName"] for channel in body.get("InputDataConfig", [])]
    if len(set(names)) < len(names):
        raise validation_error(f"Channel names must be unique in InputDataConfig: {names}")


def _check_spot(stopping: dict[str, Any], *, spot: bool) -> None:
    """Check what AWS asks of MaxWaitTimeInSeconds (first text: Kenza-AI/sagify issue 111)."""
    wait = stopping.get("MaxWaitTimeInSeconds")
    if not spot and wait is not None:
        raise validation_error(
            "Invalid MaxWaitTimeInSeconds. "
            "It is only supported when EnableManagedSpotTraining is set to true"
        )
    if spot and (wait is None or wait < stopping["MaxRuntimeInSeconds"]):
        raise validation_error(
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
            "MaxRuntimeInSeconds when EnableManagedSpotTraining is set to true"
        )
