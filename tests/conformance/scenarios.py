"""The conformance matrix: what happens to a task and its job, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tests.conformance.places import Place
from tests.conformance.steps import (
    ChangeRequest,
    Clear,
    GoOn,
    Kill,
    LoseAnswer,
    Mark,
    Reap,
    Reassign,
    ShutDown,
    Step,
    StopJobs,
    TakeName,
    Thaw,
    Throttle,
    TimeOut,
    Upgrade,
    Wait,
    Watch,
    Work,
)

COMPLETED, STOPPED, FAILED, RUNNING = "Completed", "Stopped", "Failed", "InProgress"
NO_CAPACITY = "CapacityError: Unable to provision requested ML compute capacity"
INTERNAL = "InternalServerError: We encountered an internal error. Please try again."
BAD_INPUT = "ClientError: No data found"


@dataclass(frozen=True)
class Expected:
    """What must have come of a play.

    :param jobs: how each job that was made stands in the end, in the order in which they were made
    :param state: each task's
    :param error: class of the error that each task's last try ended with
    :param result: which of the jobs each task's result is of; None for no result
    """

    jobs: tuple[str, ...]
    state: Literal["success", "failed", "skipped"] = "success"
    error: str = ""
    result: int | None = None


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A row of the matrix.

    :param tasks: how many tasks there are: `one`; `mapped` for twenty of one expansion;
        `namespaces` for the same ids in two installations; `partition` for two runs that ask for
        one partition
    :param endings: how the jobs end, in the order in which they begin, if not completed
    :param peer: whether it applies to operators that have neither namespaces nor identities
    :param kinds: of jobs that it applies to
    """

    name: str
    steps: tuple[Step, ...]
    expected: Expected
    deferrable: bool = True
    retries: int = 2
    endings: tuple[str, ...] = ()
    tasks: Literal["one", "mapped", "namespaces", "partition"] = "one"
    execution_timeout: float | None = None
    max_runtime: float | None = None
    has_outlet: bool = False
    peer: bool = True
    kinds: tuple[str, ...] = ("processing", "training", "transform", "tuning")


BEFORE_CREATE = Place(at="before Create")
AFTER_CREATE = Place(at="after Create")
BEFORE_DEFERRAL = Place(at="message DeferTask")
STANDS_BEFORE_DEFERRAL = Place(at="message DeferTask", happening="frozen")
SUBMITTING = Place(at="before Create", happening="told")
BEFORE_RESULT = Place(at="message SetXCom")
BEFORE_DELIVERY = Place(at="event")
RESUMED = Place(at="before Describe")
BEFORE_RETRY = Place(at="message RetryTask")
BEFORE_SUCCESS = Place(at="message SucceedTask")

ONE = Expected((COMPLETED,), result=0)
AGAIN = Expected((STOPPED, COMPLETED), result=1)
KILLED = Expected((STOPPED,), "failed")

SCENARIOS = (
    Scenario(name="undisturbed", steps=(GoOn(),), expected=ONE),
    Scenario(name="undisturbed, on a worker", steps=(GoOn(),), expected=ONE, deferrable=False),
    # a worker dies
    Scenario(
        name="worker dies before create",
        steps=(Work(dies_at=BEFORE_CREATE), GoOn()),
        expected=ONE,
    ),
    Scenario(
        name="worker dies after create, the answer unread",
        steps=(Work(dies_at=AFTER_CREATE), GoOn()),
        expected=ONE,
    ),
    Scenario(
        name="worker dies three times after create",
        steps=(Work(AFTER_CREATE), Work(BEFORE_DEFERRAL), Work(BEFORE_DEFERRAL), GoOn()),
        expected=ONE,
        retries=3,
    ),
    Scenario(
        name="worker dies before its deferral is known",
        steps=(Work(dies_at=BEFORE_DEFERRAL), GoOn()),
        expected=ONE,
    ),
    Scenario(
        name="waiting worker dies",
        steps=(Wait(), Kill(), GoOn()),
        expected=ONE,
        deferrable=False,
    ),
    Scenario(
        name="worker dies between the job's success and the task's",
        steps=(Work(), Watch(), Work(dies_at=BEFORE_SUCCESS), GoOn()),
        expected=ONE,
        has_outlet=True,
    ),
    Scenario(
        name="resumed worker dies before it looks",
        steps=(Work(), Watch(), Work(dies_at=RESUMED), GoOn()),
        expected=ONE,
        has_outlet=True,
    ),
    Scenario(
        name="worker taken for dead wakes up before create",
        steps=(Work(freezes_at=BEFORE_CREATE), GoOn(), Thaw()),
        expected=Expected((COMPLETED,), error="SupersededError", result=0),
    ),
    Scenario(
        name="worker taken for dead is told to end",
        steps=(Work(freezes_at=STANDS_BEFORE_DEFERRAL), Work(), Thaw(told_to_end=True), GoOn()),
        expected=ONE,
    ),
    # a triggerer dies or moves
    Scenario(
        name="triggerer dies while deferred",
        steps=(Work(), Wait(), Kill(), GoOn()),
        expected=ONE,
    ),
    Scenario(
        name="triggerer dies while it asks",
        steps=(Work(), Watch(dies_at=Place(at="before Describe")), GoOn()),
        expected=ONE,
    ),
    Scenario(
        name="triggerer dies before it gives the result",
        steps=(Work(), Watch(dies_at=BEFORE_RESULT), GoOn()),
        expected=ONE,
        peer=False,
    ),
    Scenario(
        name="triggerer dies between success and its delivery",
        steps=(Work(), Watch(dies_at=BEFORE_DELIVERY), GoOn()),
        expected=ONE,
    ),
    Scenario(
        name="triggerer restarted while deferred",
        steps=(Work(), Wait(), ShutDown(), GoOn()),
        expected=ONE,
    ),
    Scenario(
        name="trigger reassigned to a second triggerer",
        steps=(Work(), Wait(), Reassign(), GoOn()),
        expected=ONE,
    ),
    # a user acts
    Scenario(
        name="cleared while deferred",
        steps=(Work(), Wait(), Clear(), GoOn()),
        expected=AGAIN,
    ),
    Scenario(
        name="cleared while deferred, no triggerer alive",
        steps=(Work(), Clear(), GoOn()),
        expected=AGAIN,
    ),
    Scenario(
        name="cleared while it waits on a worker",
        steps=(Wait(), Clear(), GoOn()),
        expected=AGAIN,
        deferrable=False,
    ),
    Scenario(
        name="cleared after success",
        steps=(GoOn(), Clear(), GoOn()),
        expected=Expected((COMPLETED, COMPLETED), result=1),
    ),
    Scenario(
        name="cleared, and the worker dies after create",
        steps=(GoOn(), Clear(), Work(dies_at=AFTER_CREATE), GoOn()),
        expected=Expected((COMPLETED, COMPLETED), result=1),
    ),
    Scenario(
        name="marked failed while deferred",
        steps=(Work(), Wait(), Mark("failed")),
        expected=KILLED,
    ),
    Scenario(
        name="marked success while deferred",
        steps=(Work(), Wait(), Mark("success")),
        expected=Expected((STOPPED,)),
    ),
    Scenario(
        name="marked failed while it waits on a worker",
        steps=(Wait(), Mark("failed")),
        expected=KILLED,
        deferrable=False,
    ),
    Scenario(
        name="marked failed while it submits",
        steps=(Wait(SUBMITTING), Mark("failed")),
        expected=KILLED,
        deferrable=False,
    ),
    Scenario(
        name="run timed out while deferred",
        steps=(Work(), Wait(), Mark("skipped")),
        expected=Expected((STOPPED,), "skipped"),
    ),
    Scenario(
        name="cleared just before its deferral is known",
        steps=(Wait(STANDS_BEFORE_DEFERRAL), Clear(), GoOn()),
        expected=AGAIN,
    ),
    # nobody is left to stop the job: the reaper does
    Scenario(
        name="marked failed just before its deferral is known",
        steps=(Wait(STANDS_BEFORE_DEFERRAL), Mark("failed"), Reap()),
        expected=KILLED,
    ),
    Scenario(
        name="marked failed while deferred, no triggerer alive",
        steps=(Work(), Mark("failed"), Reap()),
        expected=KILLED,
    ),
    Scenario(
        name="marked failed after the waiting worker died",
        steps=(Wait(), Kill(), Mark("failed"), Reap()),
        expected=KILLED,
        deferrable=False,
    ),
    Scenario(
        name="the reaper leaves a job alone that is waited for",
        steps=(Work(), Reap(), GoOn()),
        expected=ONE,
        peer=False,
    ),
    # time is over
    Scenario(
        name="deferral timeout",
        steps=(Work(), TimeOut(), Work()),
        expected=Expected((STOPPED,), "failed", "JobTimedOutError"),
        retries=0,
        execution_timeout=3600,
    ),
    Scenario(
        name="deferral timeout, and again",
        steps=(Work(), TimeOut(), Work(), GoOn()),
        expected=AGAIN,
        execution_timeout=3600,
    ),
    Scenario(
        name="execution timeout on a worker",
        steps=(Wait(), TimeOut()),
        expected=Expected((STOPPED,), "failed", "AirflowTaskTimeout"),
        deferrable=False,
        retries=0,
        execution_timeout=3600,
    ),
    Scenario(
        name="job runs for longer than max_runtime",
        steps=(Work(), Watch(job_ends=False), Work()),
        expected=Expected((STOPPED,), "failed", "JobTimedOutError"),
        retries=0,
        max_runtime=1,
        peer=False,
    ),
    # jobs that end otherwise
    Scenario(
        name="retry after a failure that may pass",
        steps=(GoOn(),),
        expected=Expected((FAILED, COMPLETED), result=1),
        endings=(INTERNAL,),
    ),
    Scenario(
        name="retry after a failure, its report lost",
        steps=(Work(), Watch(), Work(dies_at=BEFORE_RETRY), GoOn()),
        expected=Expected((FAILED, COMPLETED), result=1),
        endings=(NO_CAPACITY,),
    ),
    Scenario(
        name="no retry of what cannot succeed",
        steps=(GoOn(),),
        expected=Expected((FAILED,), "failed", "PermanentJobFailedError"),
        endings=(BAD_INPUT, BAD_INPUT, BAD_INPUT),
        kinds=(
            "processing",
            "training",
            "transform",
        ),  # a tuning job does not say why its jobs fail
        peer=False,
    ),
    Scenario(
        name="stopped by a person while deferred",
        steps=(Work(), Wait(), StopJobs(), GoOn()),
        expected=Expected((STOPPED,), "failed", "JobStoppedError"),
        retries=0,
    ),
    Scenario(
        name="stopped by a person while it waits on a worker",
        steps=(Wait(), StopJobs(), GoOn()),
        expected=Expected((STOPPED,), "failed", "JobStoppedError"),
        deferrable=False,
        retries=0,
    ),
    # AWS and the network are not at their best
    Scenario(
        name="create throttled",
        steps=(Throttle("Create*", calls=4), GoOn()),
        expected=ONE,
        retries=0,
    ),
    Scenario(
        name="looks throttled while deferred",
        steps=(Work(), Throttle("Describe*", calls=4), GoOn()),
        expected=ONE,
        retries=0,
    ),
    Scenario(
        name="looks throttled on a worker",
        steps=(Wait(), Throttle("Describe*", calls=7), GoOn()),
        expected=ONE,
        retries=0,
        deferrable=False,
    ),
    Scenario(
        name="the answer to create is lost on the way",
        steps=(LoseAnswer("Create*"), GoOn()),
        expected=ONE,
    ),
    # several at once
    Scenario(
        name="name taken by a stranger",
        steps=(TakeName(), Work()),
        expected=Expected((RUNNING,), "failed", "NameTakenError"),
        peer=False,
    ),
    Scenario(
        name="same Dag and run id in another namespace",
        steps=(GoOn(),),
        expected=Expected((COMPLETED, COMPLETED), result=0),
        tasks="namespaces",
        peer=False,
    ),
    Scenario(
        name="two runs ask for one partition at once",
        steps=(GoOn(),),
        expected=ONE,
        tasks="partition",
        peer=False,
    ),
    Scenario(
        name="mapped x20",
        steps=(GoOn(),),
        expected=Expected((COMPLETED,) * 20, result=0),
        tasks="mapped",
    ),
    Scenario(
        name="mapped x20, each worker dies after create",
        steps=(Work(dies_at=AFTER_CREATE), GoOn()),
        expected=Expected((COMPLETED,) * 20, result=0),
        tasks="mapped",
        kinds=("processing",),
    ),
    # changes meanwhile
    Scenario(
        name="provider upgraded while deferred",
        steps=(Work(), Upgrade(), GoOn()),
        expected=ONE,
        peer=False,
    ),
    Scenario(
        name="provider upgraded, and the worker died",
        steps=(Work(dies_at=BEFORE_DEFERRAL), Upgrade(), GoOn()),
        expected=ONE,
        peer=False,
    ),
    Scenario(
        name="job names laid out anew while deferred",
        steps=(Work(layout="0"), GoOn()),
        expected=ONE,
        peer=False,
    ),
    Scenario(
        name="request changed between two tries",
        steps=(Work(dies_at=BEFORE_DEFERRAL), ChangeRequest(), GoOn()),
        expected=AGAIN,
    ),
)
