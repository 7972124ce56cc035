"""Container images named by framework and version, found with the SageMaker SDK."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.exceptions import ImageUriError

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection

IMAGE_FIELDS: Mapping[str, str] = {
    "TrainingImage": "training",
    "ImageUri": "training",
    "Image": "inference",
}
"""Fields of requests that hold an image, and the scope it is looked for in by default.

Processing jobs run a framework's training image, as they do in the SDK.
"""

_OPTIONS = frozenset(
    {
        "framework",
        "version",
        "py_version",
        "instance_type",
        "accelerator_type",
        "image_scope",
        "container_version",
        "distribution",
        "base_framework_version",
        "sdk_version",
        "inference_tool",
    }
)
_MODULES = ("sagemaker.core.image_uris", "sagemaker.image_uris")


def with_image_uris(body: Mapping[str, Any], connection: AwsConnection) -> dict[str, Any]:
    """Give a copy of a request in which every image is a URI.

    An image may be given as `{"framework": "xgboost", "version": "3.0-5"}`, with any option of the
    SDK's `image_uris.retrieve`; the instance type is the request's own unless it is given.

    :param connection: where the request is sent; its region decides on the registry
    :raises ImageUriError: names the field, and what the SDK says or that it is not installed
    """
    complete: dict[str, Any] = _Images(connection).resolve(body, None)
    return complete


class _Images:
    """The images of one request."""

    def __init__(self, connection: AwsConnection) -> None:
        self._connection = connection

    def resolve(self, node: Any, instance_type: str | None) -> Any:
        """Give a copy of a part of the request, whose instances are of a type unless it says so."""
        if isinstance(node, list | tuple):
            return [self.resolve(entry, instance_type) for entry in node]
        if not isinstance(node, Mapping):
            return node
        own = _first_instance_type(node) or instance_type
        return {
            key: self._uri(key, value, own)
            if key in IMAGE_FIELDS and isinstance(value, Mapping)
            else self.resolve(value, own)
            for key, value in node.items()
        }

    def _uri(self, field: str, wanted: Mapping[str, Any], instance_type: str | None) -> str:
        where = f"{field} {dict(wanted)}"
        _require_options(where, wanted)
        options = {"image_scope": IMAGE_FIELDS[field], "instance_type": instance_type, **wanted}
        retrieve = _sdk(where).retrieve
        try:
            uri: str = retrieve(region=self._connection.region_in_force, **options)
        except FileNotFoundError as error:
            raise ImageUriError(
                f"{where}: the SageMaker SDK knows no such framework; correct it, or give the URI"
            ) from error
        except (ValueError, TypeError, KeyError) as error:
            raise ImageUriError(f"{where}: {error}; correct it, or give the URI") from error
        return uri


def _require_options(where: str, wanted: Mapping[str, Any]) -> None:
    unknown = wanted.keys() - _OPTIONS
    if unknown or "framework" not in wanted:
        raise ImageUriError(
            f"{where} is no image: give a URI, or `framework` and `version`, and of options only "
            f"{', '.join(sorted(_OPTIONS))}"
        )
    if not isinstance(wanted.get("version", ""), str):
        raise ImageUriError(f"{where}: put the version in quotes, or 2.10 is taken for 2.1")


def _sdk(where: str) -> Any:
    for module in _MODULES:
        try:
            return importlib.import_module(module)
        except ModuleNotFoundError as error:
            if not (error.name or "").startswith("sagemaker"):
                raise
    raise ImageUriError(
        f"{where}: images are found by framework with the SageMaker SDK, which is not installed on "
        "this worker; install it (pip install sagemaker), or give the image's URI"
    )


def _first_instance_type(node: Any) -> str | None:
    """Give the first instance type that a request, or a part of it, names."""
    if isinstance(node, Mapping):
        own = node.get("InstanceType")
        if isinstance(own, str):
            return own
        node = list(node.values())
    if isinstance(node, list | tuple):
        return next(filter(None, map(_first_instance_type, node)), None)
    return None
