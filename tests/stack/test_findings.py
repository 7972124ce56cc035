"""A run's result is read back from AWS: nothing in the summary is taken on trust."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from include.stack import findings, summary
from include.stack.aws_client import aws_client
from include.stack.errors import StackError
from include.stack.findings import Bucket
from tests.stack.jobs import IMAGE, training_job
from tests.stack.programs import wait_for

# Each host says what it read, as the training script does; the rows are its number here.
# An entrypoint's argument is one line of at most 256 characters.
HOSTS_READ = (
    "import json; host = json.load(open('/opt/ml/input/config/resourceconfig.json'))"
    "['current_host']; print(host, 'read train:', json.dumps({'rows': int(host[-1])}));"
    "print('validation-auc=0.71'); open('/opt/ml/model/m', 'w').write('trees')"
)


@pytest.fixture
def bucket(aws_url: str) -> Bucket:
    """Return an empty bucket."""
    name = f"bucket-{uuid4().hex[:12]}"
    aws_client("s3", aws_url).create_bucket(Bucket=name)
    return Bucket(aws_url=aws_url, name=name)


def put(bucket: Bucket, key: str, text: str) -> None:
    """Write an object."""
    aws_client("s3", bucket.aws_url).put_object(Bucket=bucket.name, Key=key, Body=text.encode())


@pytest.fixture(scope="module")
def trained(aws_url: str) -> str:
    """Return the name of a training job that two hosts have really run."""
    name = f"demo-train-{uuid4().hex[:8]}"
    aws_client("s3", aws_url).create_bucket(Bucket=f"{name}-bucket")
    job = training_job(aws_url, name, bucket=f"{name}-bucket", program=HOSTS_READ, hosts=2)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    wait_for(lambda: len(summary.training(aws_url)["hosts"]) == 2)
    return name


def test_features_are_counted_by_day(bucket: Bucket) -> None:
    """The schema beside the data is not counted."""
    put(bucket, "flights/features/date=2013-01-01/part-00000.csv", "a\nb\n")
    put(bucket, "flights/features/date=2013-01-02/part-00000.csv", "a\n")
    put(bucket, "flights/features/date=2013-01-02/part-00001.csv", "b\n")
    put(bucket, "flights/features/_schema/date=2013-01-02.json", "{}\n")
    put(bucket, "flights/features_of_others/date=2013-01-03/part-00000.csv", "a\n")

    assert findings.features(bucket, "flights/features") == {"2013-01-01": 2, "2013-01-02": 2}


def test_predictions_are_those_that_a_manifest_names(bucket: Bucket) -> None:
    """What an unfinished or former run wrote is no prediction."""
    folder = "flights/predictions/date=2013-03-02"
    manifest = {"partition": "2013-03-02", "parts": [{"key": f"{folder}/new/part.out", "rows": 9}]}
    put(bucket, f"{folder}/new/part.out", "a,0.1\nb,0.2\n")
    put(bucket, f"{folder}/old/part.out", "a,0.3\n")
    put(bucket, f"{folder}/_manifest.json", json.dumps(manifest))
    put(bucket, "flights/predictions/date=2013-03-03/new/part.out", "unfinished\n")

    assert findings.predictions(bucket, "flights/predictions") == {"2013-03-02": 2}


def test_the_newest_evaluation_counts(bucket: Bucket) -> None:
    """Its numbers go into the summary beside the base rate's."""
    for job, auc in (("b-first", 0.6), ("a-second", 0.7)):
        report = {
            "rows": 100,
            "challenger": {"auc": auc, "log_loss": 0.5},
            "base_rate": {"auc": 0.5, "log_loss": 0.55},
        }
        put(bucket, f"flights/artifacts/evaluation/{job}/evaluation.json", json.dumps(report))

    assert summary.evaluation(bucket, "flights/artifacts") == {
        "report": f"s3://{bucket.name}/flights/artifacts/evaluation/a-second/evaluation.json",
        "rows": 100,
        "auc": 0.7,
        "base_rate_auc": 0.5,
        "log_loss": 0.5,
        "base_rate_log_loss": 0.55,
    }


def test_a_run_without_an_evaluation_has_failed(bucket: Bucket) -> None:
    """The message says where it was looked for."""
    with pytest.raises(StackError, match=f"no evaluation.json below s3://{bucket.name}/artifacts"):
        findings.evaluation(bucket, "artifacts")


def test_each_hosts_share_is_read_from_its_own_log(aws_url: str, trained: str) -> None:
    """Both hosts' logs are in CloudWatch Logs, under the streams that SageMaker would use."""
    found = summary.training(aws_url)

    assert found["job"] == trained
    assert found["image"] == IMAGE
    assert found["instance_count"] == 2
    assert found["metrics"] == {"validation:auc": pytest.approx(0.71)}
    assert found["model"].endswith(f"{trained}/output/model.tar.gz")
    assert {host: seen["train"]["rows"] for host, seen in found["hosts"].items()} == {
        "algo-1": 1,
        "algo-2": 2,
    }


def test_jobs_are_listed_with_how_they_ended(aws_url: str, trained: str) -> None:
    """A job has a kind, a name, a status and a time."""
    [job] = [job for job in findings.jobs(aws_url) if job["name"] == trained]

    assert (job["kind"], job["status"]) == ("training", "Completed")
    assert job["seconds"] > 0


def test_the_newest_version_of_the_installation_is_found(aws_url: str) -> None:
    """Another installation's versions are not ours."""
    sagemaker = aws_client("sagemaker", aws_url)
    ours, others = f"ours-{uuid4().hex[:8]}", f"others-{uuid4().hex[:8]}"
    for group, status in ((ours, "Rejected"), (ours, "Approved"), (others, "Rejected")):
        if status == "Rejected":
            sagemaker.create_model_package_group(ModelPackageGroupName=group)
        sagemaker.create_model_package(
            ModelPackageGroupName=group,
            ModelApprovalStatus=status,
            InferenceSpecification={
                "Containers": [{"Image": IMAGE, "ModelDataUrl": "s3://bucket/model.tar.gz"}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        )

    found = summary.model_package(aws_url, ours)

    assert (found["version"], found["approval"]) == (2, "Approved")
    assert found["arn"].endswith(f"model-package/{ours}/2")


def test_an_installation_without_a_version_has_failed(aws_url: str) -> None:
    """Nothing was registered."""
    with pytest.raises(StackError, match="no model package of nobody was registered"):
        findings.model_package(aws_url, namespace="nobody")


def test_other_lines_of_a_log_are_not_taken_for_shards() -> None:
    """Only the line that the training script writes counts."""
    lines = ['algo-1 read train: {"rows": 3}', "round=0 train-logloss=0.5", "algo-1 read nothing"]

    assert findings.shards(lines) == {"algo-1": {"train": {"rows": 3}}}
