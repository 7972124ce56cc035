"""Script mode: how SageMaker's framework containers are told which script of ours to run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MODEL_CODE = "/opt/ml/model/code"
"""Where a model's own serving code is: the training script leaves it in the model as `code/`."""

_LOG_LEVEL = "20"


@dataclass(frozen=True, kw_only=True)
class ScriptMode:
    """A script inside a packed code folder.

    :param script: its file name in the folder
    :param archive_uri: the folder as a tar.gz in S3
    :param region: the region the container downloads the archive in
    """

    script: str
    archive_uri: str
    region: str

    def hyperparameters(self, values: Mapping[str, str | float]) -> dict[str, str]:
        """Give a training job's `HyperParameters`: the values and the script's whereabouts.

        Every value is JSON, as the SageMaker training toolkit decodes it. Text that is a Jinja
        template is left as it is: it must render to JSON.
        """
        whereabouts = {
            "sagemaker_program": self.script,
            "sagemaker_submit_directory": self.archive_uri,
            "sagemaker_region": self.region,
        }
        return {key: _encode(value) for key, value in {**values, **whereabouts}.items()}


def serving_environment(script: str, region: str, extra: Mapping[str, str]) -> dict[str, str]:
    """Give a hosting container's `Environment` for a model that brings its code along.

    :param script: file name of the serving script in the model's `code/`
    :param extra: further variables; those that say where the script is win over them
    """
    return {
        **extra,
        "SAGEMAKER_PROGRAM": script,
        "SAGEMAKER_SUBMIT_DIRECTORY": MODEL_CODE,
        "SAGEMAKER_REGION": region,
        "SAGEMAKER_CONTAINER_LOG_LEVEL": _LOG_LEVEL,
    }


def _encode(value: str | float) -> str:
    if isinstance(value, str) and value.startswith("{{"):
        return value
    return json.dumps(value)
