"""Plays: scenarios, played for one kind of jobs and one subject against one embedded AWS."""

from __future__ import annotations

import dataclasses
import functools
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from airflow_sagemaker.bodies.job_kinds import KINDS
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.decisions.job_tags import PREFIX, Owner
from include.local_aws.server import LocalAws
from include.local_aws.settings import LocalAwsSettings, Transitions
from tests.conformance import steps
from tests.conformance.cast import NoEndError, Player
from tests.conformance.drivers import Zygote, wait_until
from tests.conformance.gated_jobs import Gate, GatedJobs
from tests.conformance.job_requests import JobsOfPlay, prepare, request_of
from tests.conformance.orders import OURS, REAPER, SLUG, TASK_ID, TaskSpec
from tests.conformance.played_airflow import TaskInstance
from tests.local_aws.account import Account
from tests.local_aws.side_door import SideDoor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conformance.scenarios import Scenario

_MAPPED = 20
_AT_ONCE = 4
_PAUSE_SECONDS = 0.01


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a play.

    :param jobs: how each job that was made stands, in the order in which they were made
    :param states: each task's
    :param errors: class of the error that each task's last try ended with
    :param results: which of the jobs each task's result is of; None for no result
    :param log: what the driver processes logged
    """

    jobs: tuple[str, ...]
    states: tuple[str | None, ...]
    errors: tuple[str, ...]
    results: tuple[int | None, ...]
    log: Path


class Stage:
    """An embedded AWS and a zygote, on which plays are given; a context manager."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._jobs = GatedJobs()
        self._zygote = Zygote()

    def __enter__(self) -> Self:
        settings = LocalAwsSettings(
            state_dir=self._home / "aws", transitions=Transitions(pause=_PAUSE_SECONDS)
        )
        with ExitStack() as stack:
            stack.enter_context(self._zygote)
            aws = stack.enter_context(LocalAws(settings, self._jobs.executors))
            self._account = stack.enter_context(closing(Account(aws.endpoint_url)))
            prepare(self._account)
            self._zygote.wait_until_ready()
            self._open = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def play(self, scenario: Scenario, kind: str, subject: str = OURS) -> Outcome:
        """Give a play."""
        name = f"p{uuid.uuid4().hex[:9]}"
        gate = self._jobs.gate(name, scenario.endings)
        play = Play(
            scenario=scenario,
            kind=kind,
            subject=subject,
            name=name,
            gate=gate,
            account=self._account,
            log=self._home / f"{name}.log",
            zygote=self._zygote,
        )
        try:
            return play.outcome()
        finally:
            play.end()


class Play:
    """One scenario, played for one kind and subject."""

    def __init__(
        self,
        *,
        scenario: Scenario,
        kind: str,
        subject: str,
        name: str,
        gate: Gate,
        account: Account,
        log: Path,
        zygote: Zygote,
    ) -> None:
        self._scenario = scenario
        self._name = name
        self._gate = gate
        self._log = log
        self._kind = KINDS[kind]
        self._jobs = JobsOfPlay(account, self._kind, name)
        self._side_door = SideDoor(account.endpoint_url)
        self._rules: list[str] = []
        self._players = [
            Player(
                zygote=zygote,
                endpoint_url=account.endpoint_url,
                log=log,
                spec=self._spec(kind, subject, index),
                ti=self._instance(index),
            )
            for index in range(_tasks(scenario))
        ]

    def outcome(self) -> Outcome:
        """Play it; gives what came of it once no job is on its way to an end."""
        for step in self._scenario.steps:
            self._take(step)
        wait_until(lambda: "Stopping" not in self._jobs.statuses(), "the end of stopping jobs")
        names = self._jobs.names()
        return Outcome(
            jobs=tuple(self._jobs.statuses()),
            states=tuple(player.ti.state for player in self._players),
            errors=tuple((player.ti.errors or [""])[-1] for player in self._players),
            results=tuple(
                names.index(player.result) if player.result in names else None
                for player in self._players
            ),
            log=self._log,
        )

    def end(self) -> None:
        """Leave no process, no job and no fault behind."""
        self._gate.opened.set()
        for player in self._players:
            player.end()
        for rule in self._rules:
            self._side_door.call("DELETE", f"faults/{rule}")

    def _take(self, step: steps.Step) -> None:
        match step:
            case steps.Throttle() | steps.LoseAnswer():
                self._add_fault(step)
            case steps.StopJobs():
                for name in self._jobs.names("InProgress"):
                    self._jobs.stop(name)
            case steps.TakeName():
                self._take_name()
            case steps.Upgrade():
                self._upgrade()
            case steps.Reap():
                self._reap()
            case steps.GoOn():
                self._for_each(lambda player: player.go_on(self._gate.opened.set))
            case _:
                self._for_each(functools.partial(self._take_with, step=step))

    def _take_with(self, player: Player, *, step: steps.Step) -> None:
        match step:
            case steps.Work(freezes_at=place) if place is not None:
                player.freeze(place)
            case steps.Work():
                player.work(dies_at=step.dies_at, layout=step.layout)
            case steps.Wait():
                player.come_to(step.at)
            case steps.Watch():
                if step.job_ends:
                    self._gate.opened.set()
                player.watch(dies_at=step.dies_at)
            case _:
                _let_happen(player, step)

    def _for_each(self, act: Callable[[Player], None]) -> None:
        """Let all players act at once, some at a time."""
        if len(self._players) == 1:
            act(self._players[0])
            return
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(act, self._players))

    def _spec(self, kind: str, subject: str, index: int) -> TaskSpec:
        scenario = self._scenario
        shared = scenario.tasks == "partition"
        installation = "ab"[index] if scenario.tasks == "namespaces" else ""
        suffix = f"-{index}" if scenario.tasks == "mapped" else ""
        return TaskSpec(
            subject=subject,
            kind=kind,
            namespace=f"{self._name}{installation}",
            body=request_of(kind, self._name),
            deferrable=scenario.deferrable,
            retries=scenario.retries,
            execution_timeout=scenario.execution_timeout,
            max_runtime=scenario.max_runtime,
            has_outlet=scenario.has_outlet,
            shared_identity=("date=2026-01-01", "inputs") if shared else (),
            peer_name=f"{self._name}-job{suffix}",
        )

    def _instance(self, index: int) -> TaskInstance:
        scenario = self._scenario
        return TaskInstance(
            dag_id=f"dag_{self._name}",
            run_id=f"run_{index}" if scenario.tasks == "partition" else "run",
            task_id=TASK_ID,
            map_index=index if scenario.tasks == "mapped" else -1,
            retries=scenario.retries,
        )

    def _add_fault(self, step: steps.Throttle | steps.LoseAnswer) -> None:
        rule: dict[str, Any] = {"operation": step.operation, "name": f"{self._name}*"}
        if isinstance(step, steps.Throttle):
            rule |= {"calls": step.calls, "error": {"code": "ThrottlingException"}}
        else:
            rule |= {"calls": 1, "drop": "after"}
        self._rules.append(self._side_door.add(**rule))

    def _take_name(self) -> None:
        (player,) = self._players
        ti = player.ti
        owner = Owner(dag_id=ti.dag_id, run_id=ti.run_id, task_id=ti.task_id)
        identity = Identity(namespace=self._name, slug=SLUG)
        base = identity.job_base(self._kind.key, *owner.parts, limit=self._kind.name_limit)
        self._jobs.create(base.generation(1), player.spec.body)

    def _reap(self) -> None:
        """Run the reaper as a task of its own."""
        first = self._players[0]
        if first.spec.subject != OURS:
            return
        reaper = TaskInstance("reaper", "run", TASK_ID, -1, 0, beside=[p.ti for p in self._players])
        spec = dataclasses.replace(first.spec, subject=REAPER)
        dataclasses.replace(first, spec=spec, ti=reaper).work()
        if reaper.state != "success":
            raise NoEndError(f"the reaper ended as {reaper.state}; the log: {self._log}")

    def _upgrade(self) -> None:
        """Have another version's fingerprint in the tags, and its arguments in the trigger."""
        for name in self._jobs.names():
            tags = {f"{PREFIX}fingerprint": "0:other", f"{PREFIX}layout": "0"}
            self._jobs.retag(name, tags)
        for player in self._players:
            if player.ti.trigger:
                kwargs = player.ti.trigger["kwargs"]
                kept = {key: kwargs[key] for key in kwargs if key not in _LATER_ARGUMENTS}
                player.ti.trigger = {**player.ti.trigger, "kwargs": kept}


_LATER_ARGUMENTS = {"prices", "cursor", "about", "version"}
"""Arguments of the trigger that may be missing in what another version has written."""


def _tasks(scenario: Scenario) -> int:
    return {"one": 1, "mapped": _MAPPED, "namespaces": 2, "partition": 2}[scenario.tasks]


def _changed(spec: TaskSpec) -> TaskSpec:
    """Ask for one instance more."""

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: inner + 1 if key == "InstanceCount" else change(inner)
                for key, inner in value.items()
            }
        return value

    return dataclasses.replace(spec, body=change(spec.body))


_TO_PROCESSES: dict[type[steps.Step], Callable[[Player], None]] = {
    steps.Kill: Player.kill,
    steps.Reassign: Player.reassign,
    steps.ShutDown: Player.shut_down,
}


def _let_happen(player: Player, step: steps.Step) -> None:
    if type(step) in _TO_PROCESSES:
        _TO_PROCESSES[type(step)](player)
        return
    match step:
        case steps.Clear():
            player.act(player.ti.clear)
        case steps.Mark():
            player.act(functools.partial(player.ti.mark, step.state))
        case steps.TimeOut():
            player.time_out()
        case steps.Thaw():
            player.thaw(told_to_end=step.told_to_end)
        case steps.ChangeRequest():
            player.spec = _changed(player.spec)
