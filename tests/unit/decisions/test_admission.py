"""Who may be made when: limits hold, nobody starves, and several triggerers do not overshoot."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_sagemaker.decisions.admission import Demand, Limits, Load, let_in, why_wait
from airflow_sagemaker.exceptions import InvalidRequestError

NOTHING = Load()


def demand(name: str, instances: int = 1, *, is_backfill: bool = False) -> Demand:
    """Give a job that waits."""
    return Demand(name=name, instances=instances, is_backfill=is_backfill)


def names(
    limits: Limits, *waiting: Demand, seen: Load = NOTHING, unseen: Load = NOTHING
) -> list[str]:
    """Name who is let in."""
    return [one.name for one in let_in(limits, waiting, seen=seen, unseen=unseen)]


def test_without_limits_everybody_is_let_in() -> None:
    """0 is no limit."""
    assert not Limits().are_set
    assert names(Limits(), demand("a", 99), demand("b")) == ["a", "b"]


def test_as_many_are_let_in_as_there_is_room_for() -> None:
    """Listed jobs count, and those that were let in and are not listed yet."""
    limits = Limits(jobs=4)

    assert names(limits, *map(demand, "abc"), seen=Load(jobs=1), unseen=Load(jobs=1)) == ["a", "b"]


def test_instances_are_limited_beside_jobs() -> None:
    """A job takes as many as it asks for."""
    limits = Limits(jobs=9, instances=10)

    assert names(limits, demand("a", 4), demand("b", 4), demand("c", 4)) == ["a", "b"]


def test_nobody_overtakes_a_job_that_needs_more_room() -> None:
    """Many small jobs would keep it waiting for ever."""
    limits = Limits(instances=10)

    assert names(limits, demand("large", 8), demand("small", 1), seen=Load(instances=4)) == []


def test_backfills_come_last_and_leave_the_reserved_places() -> None:
    """A backfill of a year does not hold up tonight's run."""
    limits = Limits(jobs=3, reserved=1)
    backfills = [demand(name, is_backfill=True) for name in "abc"]

    assert names(limits, *backfills) == ["a", "b"]
    assert names(limits, *backfills, demand("tonight")) == ["tonight", "a"]
    assert names(limits, *backfills, demand("tonight"), seen=Load(jobs=2)) == ["tonight"]


@pytest.mark.parametrize(
    ("limits", "one", "seen", "words"),
    [
        (Limits(jobs=2), demand("a"), Load(jobs=2), "2 of 2 jobs are in flight"),
        (
            Limits(jobs=3, reserved=1),
            demand("a", is_backfill=True),
            Load(jobs=2),
            "2 of 3 jobs are in flight, 1 are reserved for runs that are no backfills",
        ),
        (
            Limits(instances=8),
            demand("a", 4),
            Load(jobs=1, instances=6),
            "6 of 8 instances are in use, and it needs 4",
        ),
    ],
)
def test_the_log_says_what_a_job_waits_for(
    limits: Limits, one: Demand, seen: Load, words: str
) -> None:
    """In words, with the numbers."""
    assert why_wait(limits, one, seen=seen, unseen=NOTHING) == words


def test_a_job_that_never_fits_is_refused() -> None:
    """It would wait for ever."""
    with pytest.raises(InvalidRequestError, match="asks for 11 instances"):
        Limits(instances=10).require_room(demand("a", 11))


@pytest.mark.parametrize(
    "wrong",
    [
        {"jobs": -1},
        {"instances": 2, "triggerers": 0},
        {"reserved": 1},
        {"jobs": 2, "reserved": 2},
        {"jobs": 1, "triggerers": 2},
    ],
)
def test_limits_that_let_nobody_in_are_refused(wrong: dict[str, int]) -> None:
    """Before anything waits."""
    with pytest.raises(InvalidRequestError, match=r"\[sagemaker\]"):
        Limits(**wrong)


@dataclass
class Triggerer:
    """One of several that let jobs in at the same time.

    :param seen: what it saw when it counted last
    :param on_their_way: let in and not made yet
    :param unlisted: made, and not in what it saw
    """

    seen: Load = NOTHING
    on_their_way: list[Demand] = field(default_factory=list)
    unlisted: list[Demand] = field(default_factory=list)

    @property
    def unseen(self) -> Load:
        """What it has let in and not seen listed."""
        return total(self.on_their_way + self.unlisted)


def total(demands: list[Demand]) -> Load:
    """Add up."""
    return sum((one.load for one in demands), Load())


class Account:
    """The running jobs of a namespace, and the triggerers that let more of them in."""

    def __init__(self, limits: Limits, seed: int) -> None:
        self.limits = limits
        self.chance = random.Random(seed)  # noqa: S311 - no secret
        self.each = [Triggerer() for _ in range(limits.triggerers)]
        self.running: list[Demand] = []
        several = limits.triggerers > 1
        self.largest = limits.on_its_way.instances if several else limits.instances
        self.made = 0

    def fill(self, *, jobs_short: int, instances_short: int) -> None:
        """Have jobs run already, up to so many below a limit."""
        while True:
            one = demand(f"old-{len(self.running)}", self.chance.randint(1, self.largest))
            after = self.alive + one.load
            if (
                after.jobs > self.limits.jobs - jobs_short
                or after.instances > self.limits.instances - instances_short
            ):
                return
            self.running.append(one)

    @property
    def alive(self) -> Load:
        """What runs, or will without another decision."""
        return total(self.running) + sum((total(one.on_their_way) for one in self.each), Load())

    def count(self, one: Triggerer) -> None:
        """A triggerer counts, and decides about many that wait."""
        one.seen, one.unlisted = total(self.running), []
        sizes = [self.chance.randint(1, self.largest) for _ in range(2 * self.limits.jobs)]
        waiting = [demand(f"{self.made}-{n}", size) for n, size in enumerate(sizes)]
        self.made += 1
        one.on_their_way += let_in(self.limits, waiting, seen=one.seen, unseen=one.unseen)

    def make(self, one: Triggerer) -> None:
        """A triggerer makes a job that it has let in, be it long ago."""
        if one.on_their_way:
            self.running.append(one.on_their_way.pop(0))
            one.unlisted.append(self.running[-1])

    def end(self) -> None:
        """A job ends."""
        if self.running:
            gone = self.running.pop(self.chance.randrange(len(self.running)))
            for one in self.each:
                one.unlisted = [kept for kept in one.unlisted if kept != gone]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    acts=st.lists(st.tuples(st.sampled_from("cmme"), st.integers(0, 3)), max_size=80),
    triggerers=st.integers(1, 4),
    jobs=st.integers(5, 60),
    instances=st.integers(5, 120),
    seed=st.integers(0, 2**32),
    short=st.tuples(st.integers(0, 6), st.integers(0, 12)),
)
def test_several_triggerers_together_keep_the_limits(
    *,
    acts: list[tuple[str, int]],
    triggerers: int,
    jobs: int,
    instances: int,
    seed: int,
    short: tuple[int, int],
) -> None:
    """However their counts, decisions and Creates interleave; and then somebody is let in again."""
    limits = Limits(jobs=jobs, instances=instances, triggerers=triggerers)
    account = Account(limits, seed)
    account.fill(jobs_short=short[0], instances_short=short[1])
    for act, index in acts:
        one = account.each[index % triggerers]
        if act == "e":
            account.end()
        else:
            (account.count if act == "c" else account.make)(one)
        assert account.alive.jobs <= limits.jobs
        assert account.alive.instances <= limits.instances
    while account.alive.jobs:
        for one in account.each:
            account.make(one)
        account.end()
    account.count(account.each[0])
    assert account.alive.jobs


def test_a_lone_triggerer_keeps_nothing_free() -> None:
    """It knows everything that is made."""
    assert Limits(jobs=7, instances=9).kept_free == Load()


def test_two_triggerers_keep_little_free() -> None:
    """One place in twenty for what the other one has on its way."""
    limits = Limits(jobs=100, instances=200, triggerers=2)

    assert limits.kept_free == Load(jobs=5, instances=10)
    assert len(names(limits, *(demand(str(n)) for n in range(50)))) == 5
    assert names(limits, demand("a"), seen=Load(jobs=94)) == ["a"]
    assert names(limits, demand("a"), seen=Load(jobs=95)) == []


def test_a_job_larger_than_what_may_be_on_its_way_goes_alone() -> None:
    """Else it could never be made."""
    limits = Limits(instances=100, triggerers=2)

    assert names(limits, demand("a", 20), demand("b", 20)) == ["a"]
