"""Fields of a Dag's trigger form that follow from a model's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import Param

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}
SECTION = "Hyperparameters"


def optional_date(title: str, description: str) -> Param:
    """Give a date field that may stay empty."""
    return Param(None, type=["null", "string"], format="date", title=title, description=description)


def tick_box(title: str, description: str) -> Param:
    """Give a box that is not ticked."""
    return Param(default=False, type="boolean", title=title, description=description)


def model_version(description: str) -> Param:
    """Give a field for a model package's ARN that may stay empty."""
    return Param(
        None,
        type=["null", "string"],
        pattern=r"^arn:aws[a-z-]*:sagemaker:.+:model-package/.+/\d+$",
        title="Model version",
        description=description,
    )


def hyperparameter_fields(hyperparameters: Mapping[str, Any]) -> dict[str, Param]:
    """Give one typed field for each hyperparameter in the settings."""
    return {
        name: Param(
            value,
            type=_TYPES[type(value)],
            title=name,
            description=f"`{name}` of the training script; the default is from the settings.",
            section=SECTION,
        )
        for name, value in hyperparameters.items()
    }


def hyperparameter_templates(hyperparameters: Mapping[str, Any]) -> dict[str, str]:
    """Give the Jinja template of each field's value as JSON, which is how containers read them."""
    return {name: f"{{{{ params[{name!r}] | tojson }}}}" for name in hyperparameters}
