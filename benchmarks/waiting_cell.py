"""What `make bench-waiting` measures at a time, and what comes of it."""

from __future__ import annotations

import random
import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What is measured.

    :param side: whose triggers wait
    :param count: how many
    :param interval: seconds between two looks at a job
    :param throttled_share: of the calls, once the triggers have started
    :param strangers: jobs an hour of other teams in the account
    :param push: whether the triggers are told of jobs' ends through a queue
    """

    side: str
    count: int
    interval: int
    throttled_share: float = 0.0
    strangers: int = 0
    push: bool = False


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long each part of a measurement takes, in seconds.

    :param idle: in which the process is looked at without triggers
    :param settle: from the start of the last trigger to the window
    :param window: in which calls and CPU are counted; at least one interval
    :param ends: over which the jobs of the sample end
    :param most_ends: jobs in the sample
    :param patience: from the last end until what has not fired has failed
    """

    idle: float = 10.0
    settle: float = 5.0
    window: float = 20.0
    ends: float = 15.0
    most_ends: int = 60
    patience: float = 60.0


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a cell came to. CPU and memory are a trigger's; calls are of all triggers.

    :param start_cpu_ms: from being told to run until the job was looked at
    :param start_seconds: until all jobs were looked at
    :param start_calls: until then
    :param rss_kb: memory the process has grown by until the end of the window
    :param steady_cpu_ms: per trigger and minute
    :param lag_start: the event loop's longest delay in seconds until all had started
    :param lag_steady: the same in the window
    :param fire_p50: seconds from a job's end until its trigger fired
    :param ended: jobs that ended
    :param failures: triggers that failed, fired wrongly or did not fire
    """

    start_cpu_ms: float
    start_seconds: float
    start_calls: int
    rss_kb: float
    lists_per_minute: float
    describes_per_minute: float
    other_calls_per_minute: float
    throttled_per_minute: float
    steady_cpu_ms: float
    lag_start: float
    lag_steady: float
    fire_p50: float
    fire_p99: float
    ended: int
    failures: int

    @property
    def calls_per_minute(self) -> float:
        """All calls."""
        return self.lists_per_minute + self.describes_per_minute + self.other_calls_per_minute

    @property
    def lag(self) -> float:
        """The event loop's longest delay."""
        return max(self.lag_start, self.lag_steady)

    def as_dict(self) -> dict[str, Any]:
        """The figures as they are written to the JSON file."""
        return asdict(self) | {"calls_per_minute": self.calls_per_minute}


def sample_of_ends(names: Sequence[str], pace: Pace, now: float) -> dict[str, float]:
    """Choose jobs that end, and when: at random, spread over a time."""
    dice = random.Random(2)  # noqa: S311 - no secret
    sample = dice.sample(names, min(len(names), pace.most_ends))
    return {name: now + 0.5 + dice.uniform(0, pace.ends) for name in sample}


def percentile(values: Sequence[float], percent: int) -> float:
    """Give a percentile of some values, between two of them where it falls there."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
