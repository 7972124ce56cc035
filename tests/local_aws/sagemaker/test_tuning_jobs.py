"""Tuning jobs run real training jobs, and find what is to be found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from include.local_aws.sagemaker.engine import RESTARTED
from include.local_aws.server import LocalAws
from include.local_aws.settings import LocalAwsSettings, Transitions
from tests.local_aws.account import Account, wait_until
from tests.local_aws.side_door import SideDoor
from tests.local_aws.tuning_bodies import OBJECTIVE, config, definition, uploaded

if TYPE_CHECKING:
    from pathlib import Path

FINAL = {"Completed", "Failed", "Stopped"}
STEPS = """
import sys, time
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
quality = float(given["--quality"])
for epoch in range(5):
    print("loss:", 10 - quality - epoch / 100, flush=True)
    if quality < 5 and epoch == 2:
        time.sleep(600)
"""
SLEEP = "import time\nprint('loss: 1', flush=True)\ntime.sleep(600)"
FAIL = "raise SystemExit(3)"
SILENT = "print('nothing to tell')"


class Tuning:
    """The calls of tuning jobs on one embedded AWS."""

    def __init__(self, account: Account, program: str | None = None) -> None:
        self.account = account
        self.client = account.client("sagemaker")
        self.bucket = uploaded(account) if program is None else uploaded(account, program)

    def body(self, **more: Any) -> dict[str, Any]:
        """Return the body of a Create call."""
        return {
            "HyperParameterTuningJobName": self.account.name("tune"),
            "HyperParameterTuningJobConfig": config(),
            "TrainingJobDefinition": definition(self.bucket),
            **more,
        }

    def create(self, **more: Any) -> str:
        """Create a tuning job and return its name."""
        body = self.body(**more)
        self.client.create_hyper_parameter_tuning_job(**body)
        return str(body["HyperParameterTuningJobName"])

    def describe(self, name: str) -> dict[str, Any]:
        """Describe a tuning job."""
        found: dict[str, Any] = self.client.describe_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name
        )
        return found

    def wait(self, name: str) -> dict[str, Any]:
        """Wait for a tuning job's end and describe it."""
        wait_until(
            lambda: self.describe(name)["HyperParameterTuningJobStatus"] in FINAL, f"end of {name}"
        )
        return self.describe(name)

    def children(self, name: str, **asked: Any) -> list[dict[str, Any]]:
        """List a tuning job's training jobs."""
        found: list[dict[str, Any]] = self.client.list_training_jobs_for_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name, MaxResults=100, **asked
        )["TrainingJobSummaries"]
        return found

    def stop(self, name: str) -> None:
        """Stop a tuning job."""
        self.client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)


@pytest.fixture(scope="module")
def tuning(local_aws: Account) -> Tuning:
    """Tuning jobs of a parabola."""
    return Tuning(local_aws)


@pytest.fixture(scope="module")
def finished(tuning: Tuning) -> dict[str, Any]:
    """A tuning job of four tries that has completed."""
    body_config = config(4, parallel=2)
    tags = [{"Key": "team", "Value": "ml"}]
    return tuning.wait(tuning.create(HyperParameterTuningJobConfig=body_config, Tags=tags))


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    """Return code and message of the error that a call answers."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_tuning_job_finds_the_best_of_its_tries(tuning: Tuning, finished: dict[str, Any]) -> None:
    """Counters add up, and BestTrainingJob is the one with the least loss."""
    name = finished["HyperParameterTuningJobName"]
    children = tuning.children(name)

    assert finished["HyperParameterTuningJobStatus"] == "Completed", children
    assert finished["TrainingJobStatusCounters"] == {
        "Completed": 4,
        "InProgress": 0,
        "RetryableError": 0,
        "NonRetryableError": 0,
        "Stopped": 0,
    }
    assert finished["ObjectiveStatusCounters"] == {"Succeeded": 4, "Pending": 0, "Failed": 0}
    losses = {}
    for child in children:
        value = child["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
        assert value == pytest.approx((float(child["TunedHyperParameters"]["x"]) - 2) ** 2)
        losses[child["TrainingJobName"]] = value
    best = finished["BestTrainingJob"]
    assert best["TrainingJobName"] == min(losses, key=lambda child: losses[child])
    assert best["FinalHyperParameterTuningJobObjectiveMetric"] == {
        **OBJECTIVE,
        "Value": min(losses.values()),
    }
    assert finished["CreationTime"] <= finished["HyperParameterTuningEndTime"]


def test_its_training_jobs_are_training_jobs(tuning: Tuning, finished: dict[str, Any]) -> None:
    """They are named, described, tagged and logged as AWS does it."""
    name = finished["HyperParameterTuningJobName"]
    for number, child in enumerate(tuning.children(name), start=1):
        assert re.fullmatch(rf"{name}-00{number}-[0-9a-f]{{8}}", child["TrainingJobName"])
        job = tuning.client.describe_training_job(TrainingJobName=child["TrainingJobName"])
        assert job["TuningJobArn"] == finished["HyperParameterTuningJobArn"]
        assert job["HyperParameters"] == {
            **finished["TrainingJobDefinition"]["StaticHyperParameters"],
            "x": child["TunedHyperParameters"]["x"],
        }
        assert job["HyperParameters"]["_tuning_objective_metric"] == "loss"
        tags = tuning.client.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]
        assert tags == [{"Key": "team", "Value": "ml"}]


def test_tags_of_a_tuning_job(tuning: Tuning, finished: dict[str, Any]) -> None:
    """They are listed, added and deleted like any other's."""
    arn = finished["HyperParameterTuningJobArn"]
    tuning.client.add_tags(ResourceArn=arn, Tags=[{"Key": "owner", "Value": "me"}])
    tuning.client.delete_tags(ResourceArn=arn, TagKeys=["owner"])

    assert tuning.client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "ml"}]


def test_training_jobs_are_listed_by_value(tuning: Tuning, finished: dict[str, Any]) -> None:
    """And by name unless asked; pages join."""
    name = finished["HyperParameterTuningJobName"]
    paginator = tuning.client.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
    pages = paginator.paginate(
        HyperParameterTuningJobName=name,
        SortBy="FinalObjectiveMetricValue",
        SortOrder="Descending",
        PaginationConfig={"PageSize": 3},
    )
    listed = [child for page in pages for child in page["TrainingJobSummaries"]]

    values = [one["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for one in listed]
    assert values == sorted(values, reverse=True)
    assert len(values) == 4
    assert tuning.children(name, StatusEquals="Failed") == []


def test_a_seed_repeats_a_tuning_job(tuning: Tuning, finished: dict[str, Any]) -> None:
    """Random tries depend on the seed alone, however many run side by side."""
    again = tuning.wait(tuning.create(HyperParameterTuningJobConfig=config(4, parallel=1)))

    tried = [
        [c["TunedHyperParameters"] for c in tuning.children(d["HyperParameterTuningJobName"])]
        for d in (finished, again)
    ]
    assert tried[0] == tried[1]


def test_tuning_jobs_are_listed(tuning: Tuning, finished: dict[str, Any]) -> None:
    """A summary has strategy, limits and counters."""
    name = finished["HyperParameterTuningJobName"]
    (summary,) = tuning.client.list_hyper_parameter_tuning_jobs(NameContains=name)[
        "HyperParameterTuningJobSummaries"
    ]

    assert summary["Strategy"] == "Random"
    assert summary["ResourceLimits"]["MaxNumberOfTrainingJobs"] == 4
    assert summary["ObjectiveStatusCounters"]["Succeeded"] == 4


def test_names_of_tuning_jobs(tuning: Tuning, finished: dict[str, Any]) -> None:
    """A taken name and an unknown one have AWS's texts and codes."""
    name = finished["HyperParameterTuningJobName"]

    taken = refusal(
        tuning.client.create_hyper_parameter_tuning_job,
        **tuning.body(HyperParameterTuningJobName=name),
    )
    unknown = refusal(tuning.describe, name="nobody")
    over = refusal(tuning.stop, name=name)

    assert taken == (
        "ResourceInUse",
        (
            f"A hyperparameter tuning job with the name, {name}, already exists. "
            "Choose a different name."
        ),
    )
    assert unknown == (
        "ResourceNotFound",
        "Amazon SageMaker can't find a tuning job called nobody. Type another name.",
    )
    assert refusal(tuning.children, name="nobody") == unknown
    assert refusal(tuning.stop, name="nobody") == unknown
    assert over[0] == "ValidationException"


def test_a_deleted_tuning_job_leaves_its_training_jobs(tuning: Tuning) -> None:
    """Its name is free again, and a next one of that name names its own tries otherwise."""
    name = tuning.create(HyperParameterTuningJobConfig=config(1))
    first = tuning.children(tuning.wait(name)["HyperParameterTuningJobName"])[0]["TrainingJobName"]

    tuning.client.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    assert refusal(tuning.describe, name=name)[0] == "ResourceNotFound"
    tuning.create(HyperParameterTuningJobName=name, HyperParameterTuningJobConfig=config(1))

    assert tuning.wait(name)["HyperParameterTuningJobStatus"] == "Completed"
    assert tuning.client.describe_training_job(TrainingJobName=first)["TrainingJobStatus"]
    assert tuning.client.describe_training_job(TrainingJobName=first)["TuningJobArn"]


def test_bayesian_tries_draw_near(tuning: Tuning) -> None:
    """After some tries the best is close to the minimum at 2; one by one, the seed decides."""
    settings = config(12, Strategy="Bayesian")

    description = tuning.wait(tuning.create(HyperParameterTuningJobConfig=settings))

    value = description["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    assert description["ObjectiveStatusCounters"]["Succeeded"] == 12
    assert value < 1


def test_a_grid_is_tried_out(tuning: Tuning) -> None:
    """Every combination once."""
    ranges = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["1", "2", "3"]}]}
    settings = config(3, parallel=3, Strategy="Grid", ParameterRanges=ranges)

    name = tuning.wait(tuning.create(HyperParameterTuningJobConfig=settings))[
        "HyperParameterTuningJobName"
    ]

    assert [c["TunedHyperParameters"]["x"] for c in tuning.children(name)] == ["1", "2", "3"]


def test_hyperband_stops_poor_tries(local_aws: Account) -> None:
    """A try that is behind at its first rung is stopped there, and its value counts.

    The seed draws a poor try third, in the bracket that judges after three epochs.
    """
    tuning = Tuning(local_aws, STEPS)
    ranges = {"CategoricalParameterRanges": [{"Name": "quality", "Values": ["9", "1"]}]}
    resources = {"HyperbandStrategyConfig": {"MinResource": 3, "MaxResource": 9}}
    settings = config(
        5, Strategy="Hyperband", StrategyConfig=resources, ParameterRanges=ranges, RandomSeed=27
    )

    name = tuning.create(HyperParameterTuningJobConfig=settings)
    description = tuning.wait(name)

    assert description["HyperParameterTuningJobStatus"] == "Completed"
    assert description["BestTrainingJob"]["TunedHyperParameters"] == {"quality": "9"}
    assert description["TrainingJobStatusCounters"]["Stopped"] == 1
    assert description["TrainingJobStatusCounters"]["Completed"] == 4
    (stopped,) = tuning.children(name, StatusEquals="Stopped")
    assert stopped["TunedHyperParameters"] == {"quality": "1"}
    assert stopped["ObjectiveStatus"] == "Succeeded"


def test_stop_stops_the_training_jobs(local_aws: Account) -> None:
    """Both end Stopped, and no try is started after."""
    tuning = Tuning(local_aws, SLEEP)
    name = tuning.create(HyperParameterTuningJobConfig=config(9, parallel=2))
    wait_until(lambda: len(tuning.children(name)) == 2, "two tries")
    assert len(tuning.children(name, StatusEquals="InProgress")) == 2
    refused = refusal(
        tuning.client.delete_hyper_parameter_tuning_job, HyperParameterTuningJobName=name
    )

    tuning.stop(name)
    description = tuning.wait(name)

    assert refused[0] == "ResourceInUse"
    assert description["HyperParameterTuningJobStatus"] == "Stopped"
    assert description["TrainingJobStatusCounters"]["Stopped"] == 2
    assert description["TrainingJobStatusCounters"]["InProgress"] == 0


@pytest.mark.parametrize(
    ("program", "counter", "reason"),
    [
        (FAIL, "NonRetryableError", "No training job succeeded after 5 attempts."),
        (SILENT, "Completed", "No objective metrics found after running 5 training jobs."),
    ],
)
def test_five_tries_without_a_value_are_enough(
    local_aws: Account, program: str, counter: str, reason: str
) -> None:
    """The tuning job fails in AWS's words instead of paying for the rest."""
    tuning = Tuning(local_aws, program)

    description = tuning.wait(tuning.create(HyperParameterTuningJobConfig=config(50, parallel=1)))

    assert description["HyperParameterTuningJobStatus"] == "Failed"
    assert description["FailureReason"].startswith(reason)
    assert description["TrainingJobStatusCounters"][counter] >= 5
    assert sum(description["TrainingJobStatusCounters"].values()) < 20
    assert "BestTrainingJob" not in description


def test_a_target_ends_a_tuning_job(tuning: Tuning) -> None:
    """It is Completed as soon as one try is good enough."""
    criteria = {"TargetObjectiveMetricValue": 1000.0}
    settings = config(50, TuningJobCompletionCriteria=criteria)

    description = tuning.wait(tuning.create(HyperParameterTuningJobConfig=settings))

    assert description["HyperParameterTuningJobStatus"] == "Completed"
    assert sum(description["TrainingJobStatusCounters"].values()) < 4


def test_tries_that_get_no_better_end_a_tuning_job(tuning: Tuning) -> None:
    """Three in a row without an improvement are enough if asked for."""
    criteria = {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}
    ranges = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["1"]}]}
    settings = config(50, TuningJobCompletionCriteria=criteria, ParameterRanges=ranges)

    description = tuning.wait(tuning.create(HyperParameterTuningJobConfig=settings))

    assert description["HyperParameterTuningJobStatus"] == "Completed"
    assert 4 <= sum(description["TrainingJobStatusCounters"].values()) < 7


def test_training_jobs_of_a_tuning_job_can_lack_capacity(tuning: Tuning) -> None:
    """A rule by name strikes them like any other job, and the tuning job goes on."""
    door = SideDoor(tuning.account.endpoint_url)
    name = tuning.account.name("tune")
    rule = door.add(name=f"{name}-002-*", operation="CreateTrainingJob", job_failure={})

    description = tuning.wait(tuning.create(HyperParameterTuningJobName=name))

    assert description["HyperParameterTuningJobStatus"] == "Completed"
    assert description["ObjectiveStatusCounters"] == {"Succeeded": 2, "Pending": 0, "Failed": 1}
    (failed,) = tuning.children(name, StatusEquals="Failed")
    assert failed["FailureReason"].startswith("CapacityError: Unable to provision")
    assert door.hits(rule) == 1
    door.clear()


def test_a_tuning_job_can_lack_capacity_itself(tuning: Tuning) -> None:
    """It fails without having started a training job."""
    door = SideDoor(tuning.account.endpoint_url)
    door.add(operation="CreateHyperParameterTuningJob", job_failure={"reason": "ClientError: no"})

    description = tuning.wait(tuning.create())
    door.clear()

    assert description["HyperParameterTuningJobStatus"] == "Failed"
    assert description["FailureReason"] == "ClientError: no"
    assert tuning.children(description["HyperParameterTuningJobName"]) == []


def test_a_restart_fails_a_running_tuning_job(tmp_path: Path) -> None:
    """And its training jobs, which the counters tell."""
    settings = LocalAwsSettings(state_dir=tmp_path, transitions=Transitions(pause=0.0))
    with LocalAws(settings) as running:
        tuning = Tuning(Account(running.endpoint_url), SLEEP)
        name = tuning.create()
        wait_until(lambda: tuning.children(name), "a try")
        tuning.account.close()

    with LocalAws(settings) as running:
        account = Account(running.endpoint_url)
        found = account.client("sagemaker").describe_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name
        )
        account.close()

    assert (found["HyperParameterTuningJobStatus"], found["FailureReason"]) == (
        "Failed",
        RESTARTED,
    )
    assert found["TrainingJobStatusCounters"]["RetryableError"] == 1
    assert found["TrainingJobStatusCounters"]["InProgress"] == 0
