"""What is sent, and what tells a request from another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.bodies.job_kinds import TRAINING
from airflow_sagemaker.bodies.request_policy import Guard
from airflow_sagemaker.bodies.security import Security
from airflow_sagemaker.exceptions import ImageUriError, InvalidRequestError
from airflow_sagemaker.hooks.job_request import JobRequest
from airflow_sagemaker.triggers.installation import installed_identity
from tests.unit.model_folder import IMAGE, ROLE
from tests.unit.operators.jobs import scripted_operator
from tests.unit.operators.task_run import result_of, run_task

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account


def training(**changes: Any) -> dict[str, Any]:
    """Give a training job's request."""
    return {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://b/out"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": "2",
            "VolumeSizeInGB": "30",
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": "{{ 60 }}".strip("{} ")},
        **changes,
    }


def test_rendered_text_becomes_the_numbers_it_stands_for(connection: AwsConnection) -> None:
    """Templates give text; SageMaker takes numbers."""
    sent = JobRequest(TRAINING, training()).complete(connection)

    assert sent["ResourceConfig"]["InstanceCount"] == 2
    assert sent["StoppingCondition"]["MaxRuntimeInSeconds"] == 60


def test_a_request_that_does_not_fit_is_refused_with_every_fault(
    connection: AwsConnection,
) -> None:
    """Before anything is sent."""
    wrong = training(Banana=1, RoleArn=7)
    del wrong["ResourceConfig"]

    with pytest.raises(InvalidRequestError) as error:
        JobRequest(TRAINING, wrong).complete(connection)

    assert "Banana" in str(error.value)
    assert "nothing was sent" in str(error.value)


def test_the_team_s_fields_are_part_of_what_is_asked_for() -> None:
    """A changed key is a changed request."""
    plain = JobRequest(TRAINING, training())
    guard = Guard(security=Security(volume_kms_key_id="key"))
    guarded = JobRequest(TRAINING, training(), guard)

    assert guarded.logical["ResourceConfig"]["VolumeKmsKeyId"] == "key"
    assert plain.fingerprint != guarded.fingerprint


def test_a_rotated_secret_asks_for_the_same_job(
    connection: AwsConnection, account: Account
) -> None:
    """The reference is what is asked for; the value is what is sent."""
    name = account.name("secret")
    secrets = account.client("secretsmanager")
    secrets.create_secret(Name=name, SecretString="first-value")
    body = training(Environment={"PASSWORD": f"resolve:secretsmanager:{name}"})
    before = JobRequest(TRAINING, body)

    assert before.complete(connection)["Environment"]["PASSWORD"] == "first-value"
    secrets.put_secret_value(SecretId=name, SecretString="second-value")
    after = JobRequest(TRAINING, body)

    assert after.complete(connection)["Environment"]["PASSWORD"] == "second-value"
    assert after.fingerprint == before.fingerprint


def test_an_image_by_framework_needs_the_sdk(connection: AwsConnection) -> None:
    """It is not on every worker; the error says what to do."""
    wanted = {"framework": "xgboost", "version": "3.0-5"}
    algorithm = {"TrainingImage": wanted, "TrainingInputMode": "File"}
    request = JobRequest(TRAINING, training(AlgorithmSpecification=algorithm))

    assert request.fingerprint
    with pytest.raises(ImageUriError, match="pip install sagemaker"):
        request.complete(connection)


def test_a_task_without_an_identity_is_named_by_the_installation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a namespace nothing is made: two installations could meet."""
    with pytest.raises(InvalidRequestError, match="AIRFLOW__SAGEMAKER__NAMESPACE"):
        installed_identity("some-task")

    monkeypatch.setenv("AIRFLOW__SAGEMAKER__NAMESPACE", "prod")

    assert installed_identity("some-task").namespace == "prod"


@pytest.mark.usefixtures("airflow_database")
def test_what_is_marked_as_secret_is_masked_on_the_task_s_page(
    connection: AwsConnection, account: Account
) -> None:
    """The job gets the value; Airflow's rendered fields show stars, and so do its logs."""
    from airflow.models.renderedtifields import RenderedTaskInstanceFields  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415

    slug = account.name("masked")
    value = f"value-{slug}"
    environment = {"LICENCE": "{{ params.licence }}", "PLAIN": "plain-text", "ACT": "complete"}

    def build() -> None:
        operator = scripted_operator(connection, slug, secret_names=["LICENCE"])
        operator.body = {**operator.body, "Environment": environment}

    result = result_of(run_task(slug, build, {"licence": value}))

    job = account.client("sagemaker").describe_processing_job(ProcessingJobName=result["job_name"])
    with create_session() as session:
        fields = session.query(RenderedTaskInstanceFields).filter_by(dag_id=slug.replace("-", "_"))
        shown = str(fields.one().rendered_fields["body"])
    assert job["Environment"]["LICENCE"] == value
    assert "plain-text" in shown
    assert value not in shown
