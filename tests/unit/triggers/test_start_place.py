"""Where a sensor's wait starts is known when its Dag is parsed."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import Environment, TemplateError

from airflow_sagemaker.triggers.start_place import is_template, why_worker


@pytest.mark.parametrize(
    "text",
    [
        None,
        "ours-train-0123456789-g1",
        "{{ params.job }}",
        "{{ run_id }}-{{ ds_nodash }}-{{ ti.try_number }}",
        "{{ ti.xcom_pull(task_ids='up', map_indexes=-1)['job_name'] }}",
        "{% if params.x %}a{% else %}b{% endif %}",
    ],
)
def test_plain_text_and_what_the_triggerer_knows_start_there(text: str | None) -> None:
    """No worker is needed for any of it."""
    assert why_worker({"job_name": text}) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{ ti.xcom_pull('up') }}", "without map_indexes"),
        ("{{ task_instance.xcom_pull(task_ids='up')['x'] }}", "without map_indexes"),
        ("{{ my_macro() }}", "my_macro"),
        ("{{ params.x | my_filter }}", "my_filter"),
        ("{{ ti.max_tries }}", "ti.max_tries"),
        ("{{ var.value.x }}", "var"),
        ("{{ params.x ", "no template"),
    ],
)
def test_what_it_does_not_know_starts_on_a_worker(text: str, why: str) -> None:
    """The first hangs in Airflow 3.3.2, the others fail or render wrongly there."""
    assert why in why_worker({"job_name": text})
    assert why_worker({"job_name": text}).startswith("job_name ")


def test_a_task_s_output_starts_on_a_worker() -> None:
    """It is an XCom that is pulled without map_indexes."""
    with DAG("some", schedule=None):
        output: Any = EmptyOperator(task_id="up").output

    assert "PlainXComArg" in why_worker({"job_name": output["job_name"]})


@given(st.text(alphabet="{}%#a \n\r", max_size=8))
@example("{{ run_id }}")
@example("ends with a line\n")
def test_what_is_no_template_is_what_jinja_leaves_alone(text: str) -> None:
    """So it need not be compiled."""
    try:
        rendered = Environment(autoescape=True).from_string(text).render(run_id="r", a="b")
    except TemplateError:
        assert is_template(text)
    else:
        assert is_template(text) or rendered == text


def test_the_name_of_a_template_s_file_is_a_template() -> None:
    """Airflow renders what is in the file."""
    assert is_template("body.json", files=(".json",))
    assert not is_template("body.json")
