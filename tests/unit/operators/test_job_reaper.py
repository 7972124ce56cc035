"""Jobs whose task neither runs nor waits are stopped, and no other."""

from __future__ import annotations

import dataclasses
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk import DAG, BaseOperator

from airflow_sagemaker.bodies.job_kinds import PROCESSING, TRAINING, JobKind
from airflow_sagemaker.bodies.tags import tag_list
from airflow_sagemaker.decisions.claims import Claim
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.decisions.job_tags import JobMarks, Owner, holder_tags
from airflow_sagemaker.exceptions import InvalidRequestError, PermanentAwsError
from airflow_sagemaker.hooks import job_talks
from airflow_sagemaker.hooks.jobs import JobsHook
from airflow_sagemaker.operators import orphaned_jobs, owner_states
from airflow_sagemaker.operators.job_reaper import SageMakerJobReaperOperator
from airflow_sagemaker.operators.orphaned_jobs import RunningJob
from tests.dags.airflow_process import run_dag
from tests.local_aws.job_calls import JobCalls
from tests.local_aws.scripted_jobs import environment
from tests.unit.hooks.faulty_road import FaultyRoad
from tests.unit.hooks.submitted_jobs import LOCAL
from tests.unit.operators.task_run import error_of, result_of, run_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.dags.airflow_process import FinishedRun
    from tests.local_aws.account import Account

    Make = Callable[..., str]

pytestmark = pytest.mark.usefixtures("airflow_database")

ROAD = "road"
WANTED = (
    "scheduled",
    "queued",
    "running",
    "restarting",
    "deferred",
    "up_for_retry",
    "up_for_reschedule",
    "awaiting_input",
)
UNWANTED = ("failed", "success", "skipped", "upstream_failed", "removed", None)


class Echo(BaseOperator):
    """Does nothing."""

    def __init__(self, *, word: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.word = word

    def execute(self, context: Any) -> None:
        """Do nothing."""


@pytest.fixture
def namespace() -> str:
    """Give a namespace of the test's own."""
    return f"n{uuid.uuid4().hex[:12]}"


@pytest.fixture
def make(account: Account, namespace: str) -> Iterator[Make]:
    """Make a running job of a task, as our operators tag it; what runs in the end is stopped."""
    made: list[tuple[JobCalls, str]] = []

    def make(owner: Owner, kind: JobKind = TRAINING, **more: str) -> str:
        calls, claim = JobCalls(account, LOCAL[kind]), claim_of(namespace, owner, kind)
        body = calls.body(claim.name(1), Environment=environment("wait"))
        calls.call("Create")(**{**body, "Tags": tag_list({**claim.tags(1), **more})})
        made.append((calls, claim.name(1)))
        return claim.name(1)

    yield make
    for calls, name in made:
        if calls.status(name) == "InProgress":
            calls.stop(name)


def claim_of(namespace: str, owner: Owner, kind: JobKind = TRAINING) -> Claim:
    """Make a task's claim."""
    base = Identity(namespace=namespace, slug="s").job_base(kind.key, *owner.parts)
    return Claim(
        base=base, namespace=namespace, owner=owner, series=1, try_number=1, fingerprint="1:00"
    )


def owner_in(state: str | None, task_id: str = "t") -> Owner:
    """Give a task instance of Airflow's database, left in a state."""
    dag_id = f"d_{uuid.uuid4().hex[:12]}"
    with DAG(dag_id=dag_id, schedule=None) as dag:
        Echo(task_id=task_id)
    run_dag(dag)
    (owner,) = leave(dag_id, {(task_id, -1): state})
    return owner


def leave(
    dag_id: str, states: dict[tuple[str, int], str | None], *, paused: bool = False
) -> list[Owner]:
    """Leave the task instances of a Dag's only run in these states, as if they had got there."""
    from airflow.models import DagModel, TaskInstance  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415

    owners = []
    with create_session() as session:
        session.query(DagModel).filter_by(dag_id=dag_id).one().is_paused = paused
        for (task_id, map_index), state in states.items():
            found = (
                session.query(TaskInstance)
                .filter_by(dag_id=dag_id, task_id=task_id, map_index=map_index)
                .one()
            )
            found.state = state
            owner = Owner(dag_id=dag_id, run_id=found.run_id, task_id=task_id, map_index=map_index)
            owners.append(owner)
    return owners


def reap(connection: AwsConnection, name: str, **given: Any) -> FinishedRun:
    """Let the reaper look once."""
    settled = {
        "grace_seconds": 0,
        "reschedule_seconds": 0,
        "aws_conn_id": connection.conn_id,
        **given,
    }
    return run_task(f"reap_{name}", lambda: SageMakerJobReaperOperator(task_id="task", **settled))


def is_running(account: Account, name: str, kind: JobKind = TRAINING) -> bool:
    """Tell whether nobody has asked for the job's stop."""
    return JobCalls(account, LOCAL[kind]).status(name) == "InProgress"


def test_only_jobs_of_tasks_that_neither_run_nor_wait_are_stopped(
    connection: AwsConnection, account: Account, namespace: str, make: Make
) -> None:
    """Each state of Airflow's own database is asked for, and the report says why."""
    wanted = [make(owner_in(state)) for state in WANTED]
    unwanted = {make(owner_in(state)): state for state in UNWANTED}
    never_there = make(Owner(dag_id="gone", run_id="r", task_id="t"))

    report = result_of(reap(connection, namespace, namespace=namespace))

    assert all(is_running(account, name) for name in wanted)
    assert not any(is_running(account, name) for name in (*unwanted, never_there))
    reasons = {job["job_name"]: job["reason"] for job in report["jobs"]}
    assert set(reasons) == {*unwanted, never_there}
    assert all(
        reasons[name].endswith(f"is {state or 'gone or without a state'}")
        for name, state in unwanted.items()
    )
    assert report["running"] == len(wanted) + len(unwanted) + 1
    assert report["orphans"] == len(unwanted) + 1


def test_a_task_whose_scheduler_was_lost_keeps_its_job(
    connection: AwsConnection,
    account: Account,
    namespace: str,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It has no state until the scheduler's next loop; a retry goes on with its job."""
    reset, cleared = owner_in(None), owner_in(None)
    names = [make(reset), make(cleared)]

    def schedule(seconds: float) -> None:
        assert seconds == 60
        leave(reset.dag_id, {("t", -1): "scheduled"})

    with monkeypatch.context() as patch:
        patch.setattr(owner_states, "sleep", schedule)
        reap(connection, namespace, namespace=namespace, reschedule_seconds=60)

    assert [is_running(account, name) for name in names] == [True, False]


def test_a_task_of_a_paused_dag_that_has_no_state_keeps_its_job(
    connection: AwsConnection, account: Account, namespace: str, make: Make
) -> None:
    """Nobody can say that it was cleared; one that has failed has done so in a paused Dag too."""
    held, failed = owner_in(None), owner_in("failed")
    leave(held.dag_id, {("t", -1): None}, paused=True)
    leave(failed.dag_id, {("t", -1): "failed"}, paused=True)
    names = [make(held), make(failed)]

    reap(connection, namespace, namespace=namespace)

    assert [is_running(account, name) for name in names] == [True, False]


def test_a_job_that_comes_of_age_meanwhile_waits_for_the_next_look(
    connection: AwsConnection,
    account: Account,
    namespace: str,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody was asked about its task."""
    old, young = make(owner_in(None)), make(owner_in("running"))

    def grow_old(seconds: float) -> None:
        del seconds
        monkeypatch.setattr(RunningJob, "age", 10**6)

    ages = {old: 10**6, young: 0}
    monkeypatch.setattr(RunningJob, "age", property(lambda job: ages[job.view.name]))
    monkeypatch.setattr(owner_states, "sleep", grow_old)
    reap(connection, namespace, namespace=namespace, grace_seconds=600)

    assert [is_running(account, name) for name in (old, young)] == [False, True]


def test_a_second_look_finds_nothing(connection: AwsConnection, namespace: str, make: Make) -> None:
    """A job that is being stopped, or has ended, is not stopped again."""
    make(owner_in("failed"))
    first = result_of(reap(connection, namespace, namespace=namespace))

    second = result_of(reap(connection, namespace, namespace=namespace))

    assert (first["orphans"], second["orphans"], second["running"]) == (1, 0, 0)


def test_a_dry_run_stops_nothing(
    connection: AwsConnection, account: Account, namespace: str, make: Make
) -> None:
    """It reports what would be stopped."""
    name = make(owner_in("failed"))

    report = result_of(reap(connection, namespace, namespace=namespace, report_only="True"))

    assert is_running(account, name)
    assert report["report_only"] is True
    assert [job["job_name"] for job in report["jobs"]] == [name]


def test_young_jobs_are_left_alone(
    connection: AwsConnection, account: Account, namespace: str, make: Make
) -> None:
    """Their task may be between two states; the grace time may be text that was rendered."""
    name = make(owner_in("failed"))

    report = result_of(reap(connection, namespace, namespace=namespace, grace_seconds="600.0"))

    assert is_running(account, name)
    assert report["orphans"] == 0


def test_mapped_tasks_are_told_apart(
    connection: AwsConnection, account: Account, namespace: str, make: Make
) -> None:
    """Also from an unmapped one whose id reads like theirs: Airflow's answer calls both `t_1`."""
    dag_id = f"d_{namespace}"
    with DAG(dag_id=dag_id, schedule=None) as dag:
        Echo.partial(task_id="t").expand(word=["a", "b"])
        Echo(task_id="t_1")
    run_dag(dag)
    failed, waiting, twin = leave(
        dag_id, {("t", 0): "failed", ("t", 1): "deferred", ("t_1", -1): "success"}
    )
    names = [make(owner) for owner in (failed, waiting, twin)]

    reap(connection, namespace, namespace=namespace)

    assert [is_running(account, name) for name in names] == [False, True, False]


def test_a_job_that_another_task_waits_for_goes_on(
    connection: AwsConnection, account: Account, namespace: str, make: Make
) -> None:
    """A partition's job may have been taken over by a task of another run."""
    maker, holder = owner_in("failed"), owner_in("deferred")
    name = make(maker, **holder_tags(holder, 1, shared=True))

    reap(connection, namespace, namespace=namespace)

    assert is_running(account, name)


def test_every_kind_is_looked_through(
    connection: AwsConnection, account: Account, namespace: str, make: Make
) -> None:
    """A processing job costs as well."""
    owner = owner_in("failed")
    jobs = {kind: make(owner, kind) for kind in LOCAL}

    report = result_of(reap(connection, namespace, namespace=namespace))

    assert {job["kind"] for job in report["jobs"]} == {kind.key for kind in LOCAL}
    assert not any(is_running(account, name, kind) for kind, name in jobs.items())


def test_what_others_made_is_left_alone(
    connection: AwsConnection, account: Account, namespace: str
) -> None:
    """A job without our tags may begin with our namespace; one of another namespace is not seen."""
    calls = JobCalls(account, LOCAL[TRAINING])
    strangers = [
        calls.create(f"{namespace}-x", Environment=environment("wait")),
        calls.create(f"{namespace}2-x", Environment=environment("wait")),
    ]

    report = result_of(reap(connection, namespace, namespace=namespace))

    assert (report["running"], report["orphans"]) == (1, 0)
    assert all(is_running(account, name) for name in strangers)
    for name in strangers:
        calls.stop(name)


def test_a_try_that_takes_hold_meanwhile_keeps_its_job(
    connection: AwsConnection, namespace: str, make: Make
) -> None:
    """Between the question to Airflow and the stop, somebody may have come for the job."""
    owner, hook = owner_in("failed"), JobsHook(connection, TRAINING)
    name = make(owner)
    view = hook.describe(name)
    assert view is not None
    seen = RunningJob(hook=hook, view=view, marks=JobMarks.read(claim_of(namespace, owner).tags(1)))
    assert seen.is_as_before()

    hook.add_tags(view.arn, holder_tags(owner, 2, shared=False))

    assert not seen.is_as_before()


def test_trouble_with_one_job_spares_no_other(
    account: Account, namespace: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task fails in the end, and names what it could not do."""
    names = {kind: make(owner_in("failed"), kind) for kind in (PROCESSING, TRAINING)}
    with FaultyRoad(account.endpoint_url) as road:
        monkeypatch.setenv(f"AIRFLOW_CONN_{ROAD.upper()}", road.airflow_connection())
        road.spoil("StopTrainingJob", "denied")
        road.spoil("ListTransformJobs", "denied")

        error = error_of(
            run_task(
                f"reap_{namespace}",
                lambda: SageMakerJobReaperOperator(
                    task_id="task", namespace=namespace, grace_seconds=0, aws_conn_id=ROAD
                ),
            )
        )

    assert isinstance(error, PermanentAwsError)
    assert f"StopTrainingJob of training job {names[TRAINING]}" in str(error)
    assert "ListTransformJobs" in str(error)
    assert not is_running(account, names[PROCESSING], PROCESSING)


@pytest.mark.usefixtures("hurried")
def test_a_throttled_listing_is_gone_through_to_its_end(
    account: Account, namespace: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More jobs than a page holds, and AWS too busy for List, ListTags and Stop in between."""
    monkeypatch.setattr(job_talks, "_PAGE", 4)
    monkeypatch.setattr(orphaned_jobs, "MOST_TOLD", 6)
    owner = owner_in("failed")
    names = [make(dataclasses.replace(owner, map_index=index)) for index in range(9)]
    with FaultyRoad(account.endpoint_url) as road:
        monkeypatch.setenv(f"AIRFLOW_CONN_{ROAD.upper()}", road.airflow_connection())
        for operation in ("ListTrainingJobs", "ListTags", "StopTrainingJob"):
            road.spoil(operation, "throttle", times=4)

        report = result_of(
            run_task(
                f"reap_{namespace}",
                lambda: SageMakerJobReaperOperator(
                    task_id="task", namespace=namespace, grace_seconds=0, aws_conn_id=ROAD
                ),
            )
        )

    assert (report["running"], report["orphans"], len(report["jobs"])) == (9, 9, 6)
    assert not any(is_running(account, name) for name in names)
    assert road.calls["ListTrainingJobs"] == 3 + 4


def test_airflow_is_asked_once_for_a_task_of_many_runs(
    connection: AwsConnection, namespace: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls do not grow with the number of runs and map indexes."""
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance  # noqa: PLC0415

    asked: list[Any] = []
    answer = RuntimeTaskInstance.get_task_states

    def noted(**question: Any) -> Any:
        asked.append(question)
        return answer(**question)

    monkeypatch.setattr(RuntimeTaskInstance, "get_task_states", staticmethod(noted))
    for number in range(6):
        make(Owner(dag_id="d", run_id=f"r{number % 3}", task_id="t", map_index=number))

    result_of(reap(connection, namespace, namespace=namespace))

    (question,) = asked
    assert question == {"dag_id": "d", "task_ids": ["t"], "run_ids": ["r0", "r1", "r2"]}


def test_the_namespace_may_be_the_installation_s(
    connection: AwsConnection,
    account: Account,
    namespace: str,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without one of either kind it is not guessed."""
    name = make(owner_in("failed"))
    error = error_of(reap(connection, f"{namespace}_none"))
    monkeypatch.setenv("AIRFLOW__SAGEMAKER__NAMESPACE", namespace)

    result_of(reap(connection, namespace))

    assert isinstance(error, InvalidRequestError)
    assert not is_running(account, name)
