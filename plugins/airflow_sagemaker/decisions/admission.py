"""Which of the jobs that wait to be made may be made now, given what is in flight.

The limits hold for the jobs of one namespace. They are counted from what SageMaker lists, and
several triggerers count at once. So a triggerer adds what it has let in and not seen listed yet,
and leaves as much free as each other one may have on its way: whoever counts last sees the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_sagemaker.exceptions import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHARE_ON_THEIR_WAY = 10
"""All triggerers together keep at most about one in so many places for jobs on their way."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """Jobs, and the instances they run on."""

    jobs: int = 0
    instances: int = 0

    def __add__(self, other: Load) -> Load:
        return Load(jobs=self.jobs + other.jobs, instances=self.instances + other.instances)


@dataclass(frozen=True, kw_only=True)
class Demand:
    """A job that waits to be made.

    :param name: the job's
    :param instances: how many it runs on, one at least
    :param is_backfill: whether its run is a backfill's, which may not have the reserved places
    """

    name: str
    instances: int
    is_backfill: bool = False

    @property
    def load(self) -> Load:
        """What it adds."""
        return Load(jobs=1, instances=self.instances)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much of a namespace may be in flight at once; 0 is no limit.

    :param reserved: jobs of `jobs` that are for all runs but backfills
    :param triggerers: how many triggerers let jobs in at the same time
    :raises InvalidRequestError: if nothing could ever be let in
    """

    jobs: int = 0
    instances: int = 0
    reserved: int = 0
    triggerers: int = 1

    def __post_init__(self) -> None:
        if min(self.jobs, self.instances, self.reserved) < 0 or self.triggerers < 1:
            raise InvalidRequestError(
                "[sagemaker] max_jobs, max_instances and reserved_for_scheduled must not be "
                "negative, and triggerers not below 1; correct Airflow's configuration"
            )
        if self.reserved and not self.jobs:
            raise InvalidRequestError(
                "[sagemaker] reserved_for_scheduled is a part of max_jobs; set that, too"
            )
        least = self.reserved + self.kept_free.jobs + 1
        if self.jobs and self.jobs < least:
            raise InvalidRequestError(
                f"[sagemaker] max_jobs of {self.jobs} leaves no place: with {self.reserved} "
                f"reserved_for_scheduled and {self.triggerers} triggerers it must be {least}"
            )

    @property
    def are_set(self) -> bool:
        """Whether there is any limit."""
        return bool(self.jobs or self.instances)

    @property
    def on_its_way(self) -> Load:
        """What a triggerer may have let in and not seen listed, where there are several."""
        return Load(jobs=self._share(self.jobs), instances=self._share(self.instances))

    @property
    def kept_free(self) -> Load:
        """What is left free for what the other triggerers may have on their way."""
        others, each = self.triggerers - 1, self.on_its_way
        return Load(jobs=others * each.jobs, instances=others * each.instances)

    def require_room(self, demand: Demand) -> None:
        """Insist that a job fits when nothing else is in flight.

        :raises InvalidRequestError: if it never can
        """
        if self.instances and demand.instances + self.kept_free.instances > self.instances:
            raise InvalidRequestError(
                f"job {demand.name} asks for {demand.instances} instances, and [sagemaker] "
                f"max_instances is {self.instances}: it could never be made; ask for fewer, or "
                "raise the limit"
            )

    def _share(self, limit: int) -> int:
        return max(1, limit // (_SHARE_ON_THEIR_WAY * self.triggerers))


def let_in(
    limits: Limits, waiting: Iterable[Demand], *, seen: Load, unseen: Load
) -> tuple[Demand, ...]:
    """Choose who may be made now, backfills last; nobody overtakes one of his own who must wait.

    :param waiting: in the order in which they came
    :param seen: what SageMaker lists
    :param unseen: what was let in here and is not listed yet
    """
    chosen: list[Demand] = []
    for demand in sorted(waiting, key=lambda one: one.is_backfill):
        if why_wait(limits, demand, seen=seen, unseen=unseen):
            break
        chosen.append(demand)
        unseen += demand.load
    return tuple(chosen)


def why_wait(limits: Limits, demand: Demand, *, seen: Load, unseen: Load) -> str:
    """Say in words why a job must wait; empty if it may be made."""
    now = seen + unseen
    if _exceeds_jobs(limits, demand, now):
        kept = limits.reserved if demand.is_backfill else 0
        words = f"{now.jobs} of {limits.jobs} jobs are in flight"
        return f"{words}, {kept} are reserved for runs that are no backfills" if kept else words
    if limits.instances and (
        now.instances + demand.instances + limits.kept_free.instances > limits.instances
    ):
        used = f"{now.instances} of {limits.instances} instances are in use"
        return f"{used}, and it needs {demand.instances}"
    if limits.triggerers > 1 and _has_enough_on_its_way(limits, demand, unseen):
        return "the jobs before it are not listed yet"
    return ""


def _exceeds_jobs(limits: Limits, demand: Demand, now: Load) -> bool:
    most = limits.jobs - (limits.reserved if demand.is_backfill else 0)
    return bool(limits.jobs) and now.jobs + 1 + limits.kept_free.jobs > most


def _has_enough_on_its_way(limits: Limits, demand: Demand, unseen: Load) -> bool:
    """Tell whether others could not know how much this triggerer has on its way.

    One that asks for more instances than that goes alone.
    """
    most = limits.on_its_way
    if limits.jobs and unseen.jobs + 1 > most.jobs:
        return True
    is_first = not unseen.instances
    return bool(limits.instances and not is_first) and (
        unseen.instances + demand.instances > most.instances
    )
