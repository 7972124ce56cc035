"""Models: which containers with which artifacts answer requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.local_aws.sagemaker.arns import arn
from include.local_aws.sagemaker.model_packages import require_approved_package
from include.local_aws.sagemaker.shapes import output_members, pick, summary_members
from include.local_aws.sagemaker.tags import Tags, check_tags
from include.local_aws.state.clock import now
from include.local_aws.state.listing import Listed, page_of
from include.local_aws.state.records import AlreadyExistsError, Records
from include.local_aws.wire.errors import validation_error

if TYPE_CHECKING:
    from include.local_aws.wire.operations import Call, Handler

KIND = "model"
_LISTED = Listed(name="ModelName", descending=True)


def require_model(records: Records, region: str, name: str) -> dict[str, Any]:
    """Return a model; raise AWS's error (ValidationException) if there is none of that name."""
    model = records.get(KIND, region, name)
    if model is None:
        raise validation_error(f'Could not find model "{arn(region, KIND, name)}".')
    return model


class Models:
    """The models' operations."""

    def __init__(self, records: Records, tags: Tags) -> None:
        self._records = records
        self._tags = tags

    def operations(self) -> dict[str, Handler]:
        """Return the operations."""
        return {
            "CreateModel": self._create,
            "DescribeModel": self._describe,
            "ListModels": self._list,
            "DeleteModel": self._delete,
        }

    def _create(self, call: Call) -> dict[str, Any]:
        body, name = call.parameters, call.parameters["ModelName"]
        model_arn = arn(call.region, KIND, name)
        for container in _containers(body):
            self._check_container(container, call.region)
        check_tags(body.get("Tags"))
        model = {
            "EnableNetworkIsolation": False,
            **pick(body, output_members("DescribeModel")),
            "ModelArn": model_arn,
            "CreationTime": now(),
        }
        try:
            self._records.create(KIND, call.region, name, model)
        except AlreadyExistsError as error:
            raise validation_error(
                f'Cannot create already existing model "{model_arn}".'
            ) from error
        self._tags.register(model_arn, body.get("Tags"))
        return {"ModelArn": model_arn}

    def _check_container(self, container: dict[str, Any], region: str) -> None:
        if "ModelPackageName" in container:
            require_approved_package(self._records, region, container["ModelPackageName"])
        elif "Image" not in container:
            raise validation_error("Container definition must have an Image or a ModelPackageName")
        if "ModelDataUrl" in container and "ModelDataSource" in container:
            raise validation_error(
                "Container definition must not have both ModelDataUrl and ModelDataSource"
            )

    def _describe(self, call: Call) -> dict[str, Any]:
        return require_model(self._records, call.region, call.parameters["ModelName"])

    def _list(self, call: Call) -> dict[str, Any]:
        page = page_of(self._records.views(KIND, call.region), call.parameters, _LISTED)
        return page.answer("Models", lambda d: pick(d, summary_members("ListModels", "Models")))

    def _delete(self, call: Call) -> dict[str, Any]:
        model = require_model(self._records, call.region, call.parameters["ModelName"])
        self._records.delete(KIND, call.region, model["ModelName"])
        self._tags.drop(model["ModelArn"])
        return {}


def _containers(body: dict[str, Any]) -> list[dict[str, Any]]:
    if ("PrimaryContainer" in body) == bool(body.get("Containers")):
        raise validation_error("Exactly one of PrimaryContainer and Containers must be present")
    containers: list[dict[str, Any]] = body.get("Containers") or [body["PrimaryContainer"]]
    return containers
