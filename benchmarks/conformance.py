"""`make bench-conformance`: the conformance matrix, our operators beside the amazon provider's.

Both are played the same scenarios, kills included, against the same embedded AWS. Only scenarios
count here that apply to operators without namespaces and identities. The matrix itself, with what
is right for each of its rows, is `tests/conformance/scenarios.py`.
"""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from airflow_sagemaker.bodies.job_kinds import KINDS
from airflow_sagemaker.bodies.prices import PriceList
from benchmarks.report import Target, publish
from tests.conformance.cast import NoEndError
from tests.conformance.job_requests import MAX_RUNTIME_SECONDS
from tests.conformance.orders import OURS, PEER
from tests.conformance.plays import Stage
from tests.conformance.scenarios import COMPLETED, RUNNING, SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.conformance.plays import Outcome
    from tests.conformance.scenarios import Scenario

SUBJECTS = (OURS, PEER)
INSTANCE_TYPE = "ml.m5.large"
BILLABLE_SECONDS = MAX_RUNTIME_SECONDS
"""What a job is taken to be billed for that nobody stops: that is what its request allows."""
_AT_ONCE = 4
_WIDTH = 120


@dataclass(frozen=True, kw_only=True)
class Damage:
    """What went wrong in a play.

    :param duplicates: jobs made, or run to their end, beyond those that are right
    :param left_running: jobs that run on where none should
    :param wrong_verdicts: tasks that ended in another state than is right, or whose result is of a
        job that did not complete
    :param usd: paid for jobs beyond what is right
    """

    duplicates: int = 0
    left_running: int = 0
    wrong_verdicts: int = 0
    usd: float = 0.0

    @classmethod
    def total(cls, damages: Iterable[Damage]) -> Damage:
        """Add damages up."""
        listed = list(damages)
        return cls(
            duplicates=sum(damage.duplicates for damage in listed),
            left_running=sum(damage.left_running for damage in listed),
            wrong_verdicts=sum(damage.wrong_verdicts for damage in listed),
            usd=sum(damage.usd for damage in listed),
        )


@dataclass(frozen=True, kw_only=True)
class Performance:
    """One play of a scenario; `outcome` is None, and `trouble` says why, if it had no end."""

    scenario: Scenario
    kind: str
    subject: str
    outcome: Outcome | None
    trouble: str = ""

    @property
    def damage(self) -> Damage:
        """What went wrong; a play without an end is a wrong verdict."""
        if self.outcome is None:
            return Damage(wrong_verdicts=1)
        made, right = self.outcome.jobs, self.scenario.expected.jobs
        return Damage(
            duplicates=max(
                0, len(made) - len(right), made.count(COMPLETED) - right.count(COMPLETED)
            ),
            left_running=max(0, made.count(RUNNING) - right.count(RUNNING)),
            wrong_verdicts=sum(not self._is_right(at) for at in range(len(self.outcome.states))),
            usd=max(0.0, _cost(self.kind, made) - _cost(self.kind, right)),
        )

    def as_dict(self) -> dict[str, Any]:
        """The play as it is written to the JSON file."""
        outcome = self.outcome
        return {
            "scenario": self.scenario.name,
            "kind": self.kind,
            "subject": self.subject,
            "jobs": outcome.jobs if outcome else None,
            "states": outcome.states if outcome else None,
            "errors": outcome.errors if outcome else None,
            "right_jobs": self.scenario.expected.jobs,
            "right_state": self.scenario.expected.state,
            "trouble": self.trouble,
            **asdict(self.damage),
        }

    def _is_right(self, at: int) -> bool:
        assert self.outcome is not None  # noqa: S101 - the caller looked
        expected, result = self.scenario.expected, self.outcome.results[at]
        if self.outcome.states[at] != expected.state:
            return False
        if expected.result is None:
            return True
        return result is not None and self.outcome.jobs[result] == COMPLETED


def _cost(kind: str, jobs: Sequence[str]) -> float:
    """Price the jobs that nobody stopped and that did not fail, at `BILLABLE_SECONDS` each."""
    billed = BILLABLE_SECONDS * sum(job in (COMPLETED, RUNNING) for job in jobs)
    return _usd_per_hour(kind) * billed / 3600


def _usd_per_hour(kind: str) -> float:
    rate = KINDS[kind].rate
    price = PriceList().price(rate, INSTANCE_TYPE)
    if price is None:
        raise LookupError(f"the price list has no {rate}/{INSTANCE_TYPE}")
    return price.usd_per_hour


def perform(stage: Stage, scenario: Scenario, kind: str, subject: str) -> Performance:
    """Play a scenario."""
    try:
        outcome = stage.play(scenario, kind, subject)
    except (NoEndError, TimeoutError) as error:
        return Performance(
            scenario=scenario, kind=kind, subject=subject, outcome=None, trouble=str(error)
        )
    return Performance(scenario=scenario, kind=kind, subject=subject, outcome=outcome)


def perform_all() -> list[Performance]:
    """Play every scenario that applies to both, for every kind and subject."""
    with (
        tempfile.TemporaryDirectory() as home,
        Stage(Path(home)) as stage,
        ThreadPoolExecutor(_AT_ONCE) as pool,
    ):
        plays = [
            pool.submit(perform, stage, scenario, kind, subject)
            for scenario in SCENARIOS
            if scenario.peer
            for kind in scenario.kinds
            for subject in SUBJECTS
        ]
        return [play.result() for play in plays]


def targets_of(performances: Sequence[Performance]) -> list[Target]:
    """Compare the totals; nothing may go wrong with ours."""
    ours, peer = (
        Damage.total(play.damage for play in performances if play.subject == subject)
        for subject in SUBJECTS
    )
    return [
        Target(name=name, ours=mine, peer=theirs, target=0.0, better="lower")
        for name, mine, theirs in (
            ("duplicates paid", ours.duplicates, peer.duplicates),
            ("jobs left running", ours.left_running, peer.left_running),
            ("wrong verdicts", ours.wrong_verdicts, peer.wrong_verdicts),
            (f"USD paid for nothing, {BILLABLE_SECONDS} s a job", ours.usd, peer.usd),
        )
    ]


def show(performances: Sequence[Performance]) -> None:
    """Print what went wrong, scenario by scenario over all kinds: ours / the peer's."""
    figures = ("duplicates", "left running", "wrong verdicts", "USD for nothing")
    table = Table("scenario", "plays", *figures, title="ours / the amazon provider's")
    for scenario in dict.fromkeys(play.scenario for play in performances):
        rows = [play for play in performances if play.scenario is scenario]
        ours, peer = (
            Damage.total(play.damage for play in rows if play.subject == subject)
            for subject in SUBJECTS
        )
        table.add_row(
            scenario.name,
            str(len(rows) // len(SUBJECTS)),
            f"{ours.duplicates} / {peer.duplicates}",
            f"{ours.left_running} / {peer.left_running}",
            f"{ours.wrong_verdicts} / {peer.wrong_verdicts}",
            f"{ours.usd:.2f} / {peer.usd:.2f}",
        )
    console = Console()
    console.width = max(console.width, _WIDTH)
    console.print(table)


def main() -> None:
    """Play, print, write the JSON."""
    performances = perform_all()
    show(performances)
    raw = {
        "instance_type": INSTANCE_TYPE,
        "usd_per_hour": {kind: _usd_per_hour(kind) for kind in KINDS},
        "billable_seconds_a_job": BILLABLE_SECONDS,
        "plays": [play.as_dict() for play in performances],
    }
    path = publish("conformance", targets_of(performances), raw)
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
