"""The worker-free column of the conformance matrix: no worker starts unless something fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.conformance.places import Place
from tests.conformance.scenarios import (
    AFTER_CREATE,
    AGAIN,
    BAD_INPUT,
    BEFORE_CREATE,
    BEFORE_DELIVERY,
    BEFORE_RETRY,
    COMPLETED,
    FAILED,
    INTERNAL,
    KILLED,
    NO_CAPACITY,
    ONE,
    RESUMED,
    RUNNING,
    STOPPED,
    SUBMITTING,
    Expected,
    Scenario,
)
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
    StopJobs,
    TakeName,
    Throttle,
    TimeOut,
    Upgrade,
    Wait,
    Watch,
    Work,
)
from tests.conformance.worker_free_plays import FailTrigger

if TYPE_CHECKING:
    from collections.abc import Iterator

BEFORE_RESULT = Place(at="message SetXCom")
CREATED = Place(at="after Create", happening="told")
HOLDS = Place(at="after AddTags", happening="told")


@dataclass(frozen=True, kw_only=True)
class FreeScenario(Scenario):
    """A row of the matrix, played without workers."""

    steps: tuple[Any, ...]


def _scenarios() -> Iterator[FreeScenario]:
    yield from _deaths()
    yield from _users()
    yield from _ends()
    yield from _troubles()


def _deaths() -> Iterator[FreeScenario]:
    yield FreeScenario(name="undisturbed", steps=(GoOn(),), expected=ONE)
    places = {
        "before create": BEFORE_CREATE,
        "after create, the answer unread": AFTER_CREATE,
        "before it gives its result": BEFORE_RESULT,
        "between success and its delivery": BEFORE_DELIVERY,
    }
    for name, place in places.items():
        steps = (Watch(dies_at=place), GoOn())
        yield FreeScenario(name=f"triggerer dies {name}", steps=steps, expected=ONE)
    yield FreeScenario(
        name="triggerer dies three times",
        steps=(Watch(AFTER_CREATE), Watch(BEFORE_RESULT), Watch(BEFORE_DELIVERY), GoOn()),
        expected=ONE,
    )
    yield FreeScenario(name="triggerer dies", steps=(Wait(), Kill(), GoOn()), expected=ONE)
    yield FreeScenario(name="triggerer restarted", steps=(Wait(), ShutDown(), GoOn()), expected=ONE)
    yield FreeScenario(name="trigger reassigned", steps=(Wait(), Reassign(), GoOn()), expected=ONE)
    yield FreeScenario(
        name="trigger fails, its retry goes on",
        steps=(Wait(), FailTrigger(), Work(), GoOn()),
        expected=ONE,
    )
    yield FreeScenario(
        name="trigger fails twice",
        steps=(Wait(), FailTrigger(), Work(), Wait(), FailTrigger(), Work(), GoOn()),
        expected=ONE,
    )


def _users() -> Iterator[FreeScenario]:
    twice = Expected((COMPLETED, COMPLETED), result=1)
    yield FreeScenario(name="cleared", steps=(Wait(), Clear(), GoOn()), expected=AGAIN)
    yield FreeScenario(
        name="cleared, no triggerer alive", steps=(Wait(), Kill(), Clear(), GoOn()), expected=AGAIN
    )
    yield FreeScenario(
        name="cleared after success", steps=(GoOn(), Clear(), GoOn()), expected=twice
    )
    yield FreeScenario(
        name="cleared after success, and the triggerer dies after create",
        steps=(GoOn(), Clear(), Watch(dies_at=AFTER_CREATE), GoOn()),
        expected=twice,
    )
    yield FreeScenario(
        name="cleared after a retry",
        steps=(Wait(), FailTrigger(), Work(), Wait(HOLDS), Kill(), Clear(), GoOn()),
        expected=AGAIN,
    )
    yield FreeScenario(
        name="cleared with another request",
        steps=(Wait(), Kill(), ChangeRequest(), Clear(), GoOn()),
        expected=AGAIN,
    )
    ends = {"failed": KILLED, "success": Expected((STOPPED,))}
    ends["skipped"] = Expected((STOPPED,), "skipped")
    for state, expected in ends.items():
        steps = (Wait(), Mark(state))
        yield FreeScenario(name=f"marked {state}", steps=steps, expected=expected)
    yield FreeScenario(
        name="marked failed while it submits",
        steps=(Wait(SUBMITTING), Mark("failed")),
        expected=KILLED,
    )
    yield FreeScenario(
        name="marked failed while the answer to create is on its way",
        steps=(Wait(CREATED), Mark("failed")),
        expected=KILLED,
    )
    yield FreeScenario(
        name="marked failed, no triggerer alive",
        steps=(Wait(), Kill(), Mark("failed"), Reap()),
        expected=KILLED,
    )
    yield FreeScenario(
        name="the reaper leaves it alone", steps=(Wait(), Kill(), Reap(), GoOn()), expected=ONE
    )


def _ends() -> Iterator[FreeScenario]:
    late = Expected((STOPPED,), "failed", "JobTimedOutError")
    limit: dict[str, Any] = {"execution_timeout": 3600}
    again = Expected((FAILED, COMPLETED), result=1)
    yield FreeScenario(
        name="deferral timeout",
        steps=(Wait(), Kill(), TimeOut(), Work()),
        expected=late,
        retries=0,
        **limit,
    )
    yield FreeScenario(
        name="deferral timeout, and again",
        steps=(Wait(), Kill(), TimeOut(), Work(), GoOn()),
        expected=AGAIN,
        **limit,
    )
    yield FreeScenario(
        name="job runs for longer than max_runtime",
        steps=(Watch(job_ends=False), Work()),
        expected=late,
        retries=0,
        max_runtime=1,
    )
    yield FreeScenario(
        name="retry after a failure that may pass",
        steps=(GoOn(),),
        expected=again,
        endings=(INTERNAL,),
    )
    for name, place in {"before it looks": RESUMED, "with its report": BEFORE_RETRY}.items():
        yield FreeScenario(
            name=f"retry after a failure, its worker dies {name}",
            steps=(Watch(), Work(dies_at=place), GoOn()),
            expected=again,
            endings=(NO_CAPACITY,),
        )
    yield FreeScenario(
        name="no retry of what cannot succeed",
        steps=(GoOn(),),
        expected=Expected((FAILED,), "failed", "PermanentJobFailedError"),
        endings=(BAD_INPUT, BAD_INPUT, BAD_INPUT),
        kinds=("processing", "training", "transform"),
    )
    yield FreeScenario(
        name="stopped by a person",
        steps=(Wait(), StopJobs(), GoOn()),
        expected=Expected((STOPPED,), "failed", "JobStoppedError"),
        retries=0,
    )


def _troubles() -> Iterator[FreeScenario]:
    yield FreeScenario(
        name="create throttled",
        steps=(Throttle("Create*", calls=4), GoOn()),
        expected=ONE,
        retries=0,
    )
    yield FreeScenario(
        name="looks throttled",
        steps=(Wait(), Throttle("Describe*", calls=4), GoOn()),
        expected=ONE,
        retries=0,
    )
    yield FreeScenario(
        name="the answer to create is lost on the way",
        steps=(LoseAnswer("Create*"), GoOn()),
        expected=ONE,
    )
    yield FreeScenario(
        name="name taken by a stranger",
        steps=(TakeName(), Watch(job_ends=False), Work()),
        expected=Expected((RUNNING,), "failed", "NameTakenError"),
    )
    yield FreeScenario(
        name="same Dag and run id in another namespace",
        steps=(GoOn(),),
        expected=Expected((COMPLETED, COMPLETED), result=0),
        tasks="namespaces",
    )
    yield FreeScenario(
        name="two runs ask for one partition at once",
        steps=(GoOn(),),
        expected=ONE,
        tasks="partition",
    )
    yield FreeScenario(
        name="provider upgraded", steps=(Wait(), Kill(), Upgrade(), GoOn()), expected=ONE
    )


FREE_SCENARIOS = tuple(_scenarios())
