"""Where a task cannot do without a worker, its Dag says so when it is parsed, with the remedy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jinja2
import pytest
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Asset, task_group
from airflow.serialization.serialized_objects import DagSerialization

from airflow_sagemaker.exceptions import WorkerNeededError
from airflow_sagemaker.hooks.connection import AwsConnection
from airflow_sagemaker.operators.processing_job import SageMakerProcessingJobOperator
from airflow_sagemaker.triggers.job_order import JobOrder
from tests.dags.airflow_process import airflow_at_work
from tests.unit.operators.jobs import scripted_operator

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECTION = AwsConnection(conn_id="ours", region="us-east-1")


@pytest.fixture(autouse=True)
def dag() -> Iterator[DAG]:
    """Give the Dag that is being parsed."""
    with airflow_at_work(), DAG("parsed", schedule=None) as dag:
        yield dag


def free(**options: Any) -> SageMakerProcessingJobOperator:
    """Make a worker-free operator."""
    return scripted_operator(CONNECTION, "slug", worker_free=True, **options)


def test_it_is_off_by_default() -> None:
    """A task starts on a worker unless its Dag says otherwise."""
    operator = scripted_operator(CONNECTION, "slug")

    assert not operator.start_from_trigger
    assert operator.start_trigger_args is None


def test_the_scheduler_is_told_to_start_the_trigger(dag: DAG) -> None:
    """From what is stored with the Dag."""
    free()

    stored = DagSerialization.to_dict(dag)["dag"]["tasks"][0]["__var"]
    assert stored["start_from_trigger"] is True
    assert stored["start_trigger_args"]["trigger_cls"].endswith("SageMakerWorkerFreeJobTrigger")


def test_a_request_is_stored_as_one_text() -> None:
    """Airflow 3.3.2 reads every task of the Dag, value by value, for every trigger it starts."""
    body = {"Environment": {"RUN": "{{ run_id }}"}, "Tags": [{"Key": "é", "Value": "1"}]}

    operator = free(body=body)

    told: Any = operator.start_trigger_args
    assert json.loads(told.trigger_kwargs["body"]) == operator.body
    assert JobOrder.from_dict(json.loads(told.trigger_kwargs["order"])).kind == "processing"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"deferrable": False}, "give no deferrable=False"),
        ({"outlets": [Asset("some")]}, "outlets are to be announced; let a small task behind"),
        ({"on_success_callback": [print]}, "there is a success callback"),
        ({"on_execute_callback": [print]}, "on_execute_callback is called on a worker"),
        ({"on_skipped_callback": [print]}, "on_skipped_callback is called on a worker"),
        ({"pre_execute": print}, "pre_execute is called on a worker"),
        ({"post_execute": print}, "post_execute is to be run"),
        ({"multiple_outputs": True}, "its XCom is to be pushed by a worker"),
        ({"pool": "gpus"}, "has the pool gpus, and Airflow keeps it for workers only"),
        ({"max_active_tis_per_dag": 2}, r"max_active_tis_per_dag.*\[sagemaker\] max_jobs"),
        ({"max_active_tis_per_dagrun": 2}, "max_active_tis_per_dagrun"),
        ({"body": {"RoleArn": "{{ ti.xcom_pull('up') }}"}}, "body pulls an XCom.*map_indexes=-1"),
        ({"body": {"Tags": [{"Key": "{{ my_macro() }}"}]}}, "body uses my_macro"),
        ({"region_name": "{{ var.value.region }}"}, "region_name uses var"),
        ({"shared_identity": ("{{ ti.max_tries }}",)}, "shared_identity uses ti.max_tries"),
        (
            {"body": {"AppSpecification": {"ImageUri": {"framework": "xgboost"}}}},
            "looked up by framework on a worker; give the image's URI",
        ),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(value),
)
def test_what_needs_a_worker_is_refused(options: dict[str, Any], why: str) -> None:
    """The error names task, reason and remedy."""
    with pytest.raises(WorkerNeededError, match=f"task task cannot be worker_free: .*{why}"):
        free(**options)


def test_a_failure_callback_is_no_reason() -> None:
    """A failure comes to a worker."""
    assert free(on_failure_callback=[print], on_retry_callback=[print]).start_from_trigger


def test_another_task_s_output_is_refused() -> None:
    """It becomes a pull without map_indexes, which hangs in the triggerer of Airflow 3.3.2."""
    output: Any = EmptyOperator(task_id="up").output

    with pytest.raises(WorkerNeededError, match="PlainXComArg"):
        free(body={"RoleArn": output["role"]})


def test_a_pull_with_map_indexes_is_fine() -> None:
    """The triggerer is answered."""
    pulled = "{{ ti.xcom_pull(task_ids='up', map_indexes=-1)['role'] }}"

    assert free(body={"RoleArn": pulled}).start_from_trigger


@pytest.mark.parametrize("worker_free", [True, False])
def test_a_mapped_task_is_refused(*, worker_free: bool) -> None:
    """Airflow starts it on a worker."""
    arguments: dict[str, Any] = {"task_id": "mapped", "worker_free": worker_free}
    if not worker_free:
        SageMakerProcessingJobOperator.partial(**arguments).expand(body=[{}])
        return
    with pytest.raises(WorkerNeededError, match=r"task mapped .*make the tasks in a loop"):
        SageMakerProcessingJobOperator.partial(**arguments)


def test_a_mapped_task_with_the_dag_s_defaults_is_refused() -> None:
    """Where the argument comes from does not matter."""
    with (
        DAG("defaults", schedule=None, default_args={"worker_free": True}),
        pytest.raises(WorkerNeededError),
    ):
        SageMakerProcessingJobOperator.partial(task_id="mapped")


def test_a_task_in_a_mapped_group_is_refused() -> None:
    """It is mapped as well."""

    @task_group
    def group(day: str) -> None:
        del day
        free()

    with pytest.raises(WorkerNeededError, match=r"group\.task"):
        group.expand(day=["a", "b"])


@pytest.mark.parametrize(
    "settings",
    [
        {"render_template_as_native_obj": True},
        {"template_undefined": jinja2.Undefined},
        {"jinja_environment_kwargs": {"trim_blocks": True}},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_a_dag_that_renders_in_its_own_way_is_refused(settings: dict[str, Any]) -> None:
    """The triggerer would render another request, which is another job."""
    with DAG("own", schedule=None, **settings), pytest.raises(WorkerNeededError, match="its Dag"):
        free()


def test_a_class_with_methods_of_its_own_is_refused() -> None:
    """They run on a worker."""

    class Own(SageMakerProcessingJobOperator):
        def execute_complete(self, context: Any, event: Any) -> dict[str, Any]:
            return {**super().execute_complete(context, event), "more": 1}

    with pytest.raises(WorkerNeededError, match=r"Own\.execute_complete"):
        Own(task_id="own", worker_free=True, body={})
