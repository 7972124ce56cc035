"""What happens to tasks in a play, step by step: the words that scenarios are written in."""

from __future__ import annotations

from dataclasses import dataclass

from tests.conformance.places import Place

WAITING = Place(at="after Describe", time=2, happening="told")
"""Where a triggerer and a worker look at a job that they wait for."""


@dataclass(frozen=True)
class Work:
    """Each task runs on a worker, until it is deferred, has ended, or dies.

    :param dies_at: where it is killed with SIGKILL
    :param freezes_at: where it stands still, and is taken for dead by Airflow
    :param layout: version of job names that the worker's provider has; empty for today's
    """

    dies_at: Place | None = None
    freezes_at: Place | None = None
    layout: str = ""


@dataclass(frozen=True)
class Wait:
    """A triggerer or worker comes to a place and lives on: by default, it waits for the job.

    :param at: `told` for a place that it passes, `frozen` for one where it stands still until a
        user has acted
    """

    at: Place = WAITING


@dataclass(frozen=True)
class Watch:
    """A triggerer runs each task's trigger until its event is delivered.

    :param dies_at: where the triggerer is killed with SIGKILL; the job ends all the same
    :param job_ends: whether the job ends by itself now
    """

    dies_at: Place | None = None
    job_ends: bool = True


@dataclass(frozen=True)
class Kill:
    """What waits is killed with SIGKILL; of a worker's death Airflow hears, of no triggerer's."""


@dataclass(frozen=True)
class Reassign:
    """The trigger is given to another triggerer; the one that has it is told as of a user's act."""


@dataclass(frozen=True)
class ShutDown:
    """The triggerer that waits is ended in an orderly way."""


@dataclass(frozen=True)
class Clear:
    """A user clears each task; who waits is told as Airflow does it."""


@dataclass(frozen=True)
class Mark:
    """A user marks each task; who waits is told as Airflow does it."""

    state: str


@dataclass(frozen=True)
class TimeOut:
    """The task's time is over, deferred or on a worker."""


@dataclass(frozen=True)
class StopJobs:
    """A person stops the jobs in the console."""


@dataclass(frozen=True)
class TakeName:
    """Somebody makes a job of the name that ours is going to have."""


@dataclass(frozen=True)
class Upgrade:
    """What stands in tags and triggers is as another version of the provider wrote it."""


@dataclass(frozen=True)
class ChangeRequest:
    """The Dag's author changes the request."""


@dataclass(frozen=True)
class Throttle:
    """SageMaker throttles the next calls of an operation."""

    operation: str
    calls: int


@dataclass(frozen=True)
class LoseAnswer:
    """The connection breaks after the next call of an operation took effect."""

    operation: str


@dataclass(frozen=True)
class Thaw:
    """Workers that were frozen go on.

    :param told_to_end: whether they are told to end, as their supervisor does once Airflow says
        that the task is another's
    """

    told_to_end: bool = False


@dataclass(frozen=True)
class Reap:
    """The reaper of our namespace runs; the peer has none."""


@dataclass(frozen=True)
class GoOn:
    """Everything takes its course until each task has ended; jobs end when they are waited for."""


Step = (
    Work
    | Wait
    | Watch
    | Kill
    | Reassign
    | ShutDown
    | Clear
    | Mark
    | TimeOut
    | StopJobs
    | TakeName
    | Upgrade
    | ChangeRequest
    | Throttle
    | LoseAnswer
    | Thaw
    | Reap
    | GoOn
)
