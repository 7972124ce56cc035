"""Sensors see what they wait for, on a worker and in the triggerer alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from airflow.models.trigger import Trigger
from airflow.sdk import DAG, Asset
from airflow.serialization.decoders import smart_decode_trigger_kwargs
from airflow.serialization.serialized_objects import DagSerialization
from airflow.triggers.base import TaskSuccessEvent

from airflow_sagemaker.exceptions import (
    EndpointNotUpdatedError,
    InvalidRequestError,
    JobNotCompletedError,
    ModelPackageError,
)
from airflow_sagemaker.sensors.endpoint import SageMakerEndpointSensor
from airflow_sagemaker.sensors.job import SageMakerJobSensor
from airflow_sagemaker.sensors.model_package import SageMakerModelPackageSensor
from airflow_sagemaker.triggers.sensing import SageMakerJobSensorTrigger
from tests.dags.airflow_process import airflow_at_work
from tests.unit.hooks.registry import packaged_models, register
from tests.unit.operators.jobs import scripted_operator, stop_what_runs
from tests.unit.operators.served_versions import update, version
from tests.unit.operators.tries import TaskInstance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.hooks.packaged_models import PackagedModels
    from tests.local_aws.account import Account

BOTH_PATHS = pytest.mark.parametrize("deferrable", [True, False])


@pytest.fixture
def slug(account: Account) -> Iterator[str]:
    """Give a slug of the test's own; its jobs are stopped in the end."""
    slug = account.name("sense")
    yield slug
    stop_what_runs(account, slug)


@pytest.fixture
def job(connection: AwsConnection, slug: str) -> Callable[[str], str]:
    """Make a job that acts so; gives its name."""

    def make(act: str) -> str:
        ti = TaskInstance(lambda: scripted_operator(connection, slug, act))
        trigger: Any = ti.defer().trigger
        return str(trigger.job_name)

    return make


def job_sensor(connection: AwsConnection, name: str, **options: Any) -> SageMakerJobSensor:
    """Make a sensor of a processing job."""
    return SageMakerJobSensor(
        task_id="task",
        kind="processing",
        job_name=name,
        poke_interval=0.05,
        aws_conn_id=connection.conn_id,
        region_name=connection.region,
        **options,
    )


def sensed(connection: AwsConnection, name: str, **options: Any) -> Any:
    """Give what a sensor gives in the end."""
    ti = TaskInstance(lambda: job_sensor(connection, name, **options))
    result = ti.run()
    return getattr(result, "xcom_value", result)


def as_stored(arguments: Any) -> dict[str, Any]:
    """Give a trigger's arguments as a triggerer reads them from the database."""
    read = Trigger._decrypt_kwargs(Trigger.encrypt_kwargs(arguments))
    decode: Any = smart_decode_trigger_kwargs
    return {key: decode(value) for key, value in read.items()}


@BOTH_PATHS
def test_a_completed_job_is_seen(
    connection: AwsConnection, job: Callable[[str], str], *, deferrable: bool
) -> None:
    """Its summary is what comes of the wait."""
    got = sensed(connection, job("complete"), deferrable=deferrable)

    assert got["status"] == "Completed"


@BOTH_PATHS
@pytest.mark.parametrize(("act", "status"), [("fail", "Failed"), ("timeout", "Stopped")])
def test_a_job_that_ended_otherwise_is_a_failure(
    connection: AwsConnection,
    job: Callable[[str], str],
    *,
    act: str,
    status: str,
    deferrable: bool,
) -> None:
    """A stopped job is none that has completed."""
    with pytest.raises(JobNotCompletedError, match=f"is {status}"):
        sensed(connection, job(act), deferrable=deferrable)


def test_an_unknown_kind_is_refused_when_the_dag_is_parsed() -> None:
    """Not only when somebody waits for it."""
    with pytest.raises(InvalidRequestError, match="no kind of job"):
        SageMakerJobSensor(task_id="x", kind="banana", job_name="x")


def test_a_sensor_starts_from_the_trigger_where_it_can(connection: AwsConnection) -> None:
    """What the scheduler is told survives the Dag's serialisation."""
    with airflow_at_work():
        with DAG("some", schedule=None) as dag:
            job_sensor(connection, "{{ params.job }}")
        stored = DagSerialization.from_dict(DagSerialization.to_dict(dag)).get_task("task")

    assert stored.start_from_trigger is True
    assert stored.start_trigger_args is not None
    trigger = SageMakerJobSensorTrigger(**as_stored(stored.start_trigger_args.trigger_kwargs))
    assert trigger.job_name == "{{ params.job }}"
    assert trigger.ends_here
    assert trigger.hold_seconds == 0


@pytest.mark.parametrize(
    "options", [{"job_name": "{{ ti.xcom_pull('up') }}"}, {"deferrable": False}]
)
def test_else_it_starts_on_a_worker(options: dict[str, Any]) -> None:
    """And says why, where there is something to say."""
    with airflow_at_work():
        sensor = SageMakerJobSensor(
            **{"task_id": "x", "kind": "training", "job_name": "x", **options}
        )

    assert not sensor.start_from_trigger
    assert bool(sensor.defers_from_worker_because) is ("job_name" in options)


def test_a_sensor_with_outlets_resumes_a_worker(
    connection: AwsConnection, job: Callable[[str], str]
) -> None:
    """An end from the triggerer would emit none of their events."""
    with airflow_at_work():
        sensor = job_sensor(connection, job("complete"), outlets=[Asset("some")])
    assert sensor.start_trigger_args is not None

    trigger = SageMakerJobSensorTrigger(**(sensor.start_trigger_args.trigger_kwargs or {}))

    assert not isinstance(TaskInstance(lambda: sensor).fired(trigger), TaskSuccessEvent)


@pytest.mark.usefixtures("airflow_database")
def test_an_endpoint_is_seen_in_service_on_its_config(
    connection: AwsConnection, served: PackagedModels, bucket: str
) -> None:
    """On another config it is waited for."""
    update(served, version(served, bucket, 1, "0.1"))
    name = served.identity.standing_name()
    common: dict[str, Any] = {
        "task_id": "task",
        "aws_conn_id": connection.conn_id,
        "poke_interval": 0.05,
    }

    got = TaskInstance(lambda: SageMakerEndpointSensor(endpoint_name=name, **common)).run()

    assert got["endpoint_name"] == name
    other = TaskInstance(
        lambda: SageMakerEndpointSensor(
            endpoint_name=name, endpoint_config_name="another", **common
        )
    )
    assert other.defer().trigger.endpoint_config_name == "another"


def test_an_endpoint_that_cannot_serve_is_a_failure(
    connection: AwsConnection, served: PackagedModels, bucket: str, account: Account
) -> None:
    """Nothing comes of waiting for it."""
    account.client("s3").put_object(Bucket=bucket, Key="x", Body=b"no archive")
    arn = register(served, "Approved", 1, f"s3://{bucket}/x")
    model = {"model_name": served.ensure(served.registry().describe(arn)), "version": 1}
    update(served, model)

    with pytest.raises(EndpointNotUpdatedError, match="is Failed"):
        TaskInstance(
            lambda: SageMakerEndpointSensor(
                task_id="task",
                endpoint_name=served.identity.standing_name(),
                aws_conn_id=connection.conn_id,
                poke_interval=0.05,
            )
        ).run()


def test_a_version_s_approval_is_waited_for(connection: AwsConnection, slug: str) -> None:
    """Pending waits, approved is success, rejected a failure."""
    models = packaged_models(connection, slug)
    arn = register(models, "PendingManualApproval")
    ti = TaskInstance(
        lambda: SageMakerModelPackageSensor(
            task_id="task",
            model_package_arn=arn,
            aws_conn_id=connection.conn_id,
            region_name=connection.region,
            poke_interval=0.05,
        )
    )
    deferral = ti.defer()

    models.registry().approve(arn, "good")
    assert ti.resume(deferral)["model_package_arn"] == arn

    models.registry().reject(arn, "not so good")
    with pytest.raises(ModelPackageError, match="not so good"):
        ti.run()
