"""A Dag's trigger form has typed fields that explain themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest
from airflow.sdk.exceptions import ParamValidationError
from jinja2 import Environment

from airflow_sagemaker.groups.trigger_form import (
    hyperparameter_fields,
    hyperparameter_templates,
    model_version,
    optional_date,
    tick_box,
)

HYPERPARAMETERS = {"num_round": 5, "eta": 0.1, "booster": 'a"b', "fast": True}


@pytest.mark.parametrize("value", [None, "2013-01-31"])
def test_a_date_may_stay_empty(value: Any) -> None:
    """Then the run decides."""
    assert optional_date("Day", "A day.").resolve(value=value) == value


@pytest.mark.parametrize("value", ["31.1.2013", "2013-02-30", 5])
def test_what_is_no_date_is_refused(value: Any) -> None:
    """The form says so, before anything runs."""
    with pytest.raises(ParamValidationError):
        optional_date("Day", "A day.").resolve(value=value)


def test_a_version_is_the_arn_of_one() -> None:
    """The group's name alone is not a version."""
    arn = "arn:aws:sagemaker:us-east-1:111122223333:model-package/ours-flights/12"

    assert model_version("A version.").resolve(value=arn) == arn
    for wrong in ("ours-flights", arn.removesuffix("/12"), f"{arn} "):
        with pytest.raises(ParamValidationError):
            model_version("A version.").resolve(value=wrong)


def test_a_box_is_not_ticked_by_itself() -> None:
    """Nothing is approved or redone without a person's word."""
    assert tick_box("Do it", "Really.").resolve() is False


def test_every_hyperparameter_has_a_field_of_its_type() -> None:
    """The default is the settings' value."""
    fields = hyperparameter_fields(HYPERPARAMETERS)

    assert {name: field.resolve() for name, field in fields.items()} == HYPERPARAMETERS
    assert {name: field.schema["type"] for name, field in fields.items()} == {
        "num_round": "integer",
        "eta": "number",
        "booster": "string",
        "fast": "boolean",
    }
    with pytest.raises(ParamValidationError):
        fields["num_round"].resolve(value="many")


def test_a_hyperparameter_s_template_renders_to_json() -> None:
    """SageMaker's toolkit reads JSON, quotes and all."""
    jinja = Environment(autoescape=False)  # noqa: S701 - it renders JSON, not pages
    templates = hyperparameter_templates(HYPERPARAMETERS)

    rendered = {
        name: jinja.from_string(template).render(params=HYPERPARAMETERS)
        for name, template in templates.items()
    }

    assert {name: json.loads(text) for name, text in rendered.items()} == HYPERPARAMETERS
