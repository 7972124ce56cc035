"""Plays of tasks that take no worker: the scheduler starts their tries in the triggerer."""

from __future__ import annotations

import dataclasses
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.conformance.cast import Player
from tests.conformance.orders import FREE, OURS, REAPER, TASK_ID
from tests.conformance.played_airflow import ENDED, TaskInstance
from tests.conformance.plays import Play
from tests.conformance.steps import WAITING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.drivers import Driver
    from tests.conformance.places import Place
    from tests.conformance.plays import Outcome, Stage
    from tests.conformance.worker_free_scenarios import FreeScenario

_DUE = (None, "up_for_retry")
_MOST_STEPS = 12


@dataclass(frozen=True)
class FailTrigger:
    """The trigger of a task ends with an error; its triggerer lives on."""


class FreeInstance(TaskInstance):
    """A task instance whose operator says `start_from_trigger`."""

    def schedule(self) -> None:
        """Start a try that is due in the triggerer: `TaskInstance.defer_task` of the scheduler.

        No XComs are cleared: `ti_run` does that, when a worker starts a try.
        """
        if self.state not in _DUE:
            return
        self.try_number += 1
        self.start_date = datetime.now(UTC).isoformat()
        self.state, self.next_method, self.next_kwargs = "deferred", "execute_complete", {}
        self.trigger = {"kwargs": {}}

    def answer(self, question: dict[str, Any], instance_id: str) -> dict[str, Any]:
        """Answer a worker or a triggerer."""
        if question["ask"] == "DeleteXCom":
            self.xcoms.pop(question["body"]["key"], None)
            return {}
        return super().answer(question, instance_id)


class FreePlayer(Player):
    """A task without a worker, and the process that works on it now."""

    ti: FreeInstance

    def come_to(self, place: Place) -> None:
        """Have a process come to a place and go on, or stand still there."""
        self.ti.schedule()
        super().come_to(place)

    def watch(self, *, dies_at: Place | None = None) -> None:
        """Run its trigger in a triggerer, and deliver what it fires."""
        self.ti.schedule()
        super().watch(dies_at=dies_at)

    def go_on(self, waits: Callable[[], None]) -> None:
        """Let everything take its course until it has ended."""
        if self.waiting is not None:
            self._go_on_waiting(waits)
        for _ in range(_MOST_STEPS):
            self.ti.schedule()
            if self.ti.state in ENDED:
                return
            if self.ti.state == "deferred":
                self.watch_and_tell(waits)
            else:
                self.work_and_tell(waits)
        raise AssertionError(f"{self.ti} does not come to its end; the log: {self.log}")

    def watch_and_tell(self, waits: Callable[[], None]) -> None:
        """Run its trigger in a triggerer, and have it told when that waits for the job."""
        driver = self._triggerer((WAITING,))
        if driver.run_until(WAITING.at):
            waits()
        self._deliver(driver.run())

    def fail_trigger(self) -> None:
        """Let its trigger fail."""
        self.kill()
        self.ti.fail_trigger("RuntimeError: it failed")

    def _triggerer(self, places: tuple[Place, ...]) -> Driver:
        assert self.ti.trigger is not None
        trigger = self.ti.trigger
        return self._fork(
            places, role="triggerer", trigger=trigger, run_context=self.ti.run_context()
        )


class FreePlay(Play):
    """One scenario, played without workers."""

    _players: list[FreePlayer]  # type: ignore[assignment]

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments, subject=OURS)
        self._players = [_free(player) for player in self._players]

    def _take(self, step: Any) -> None:
        if isinstance(step, FailTrigger):
            for player in self._players:
                player.fail_trigger()
        else:
            super()._take(step)

    def _reap(self) -> None:
        """Run the reaper as a task of its own, on a worker."""
        first = self._players[0]
        beside: list[TaskInstance] = [player.ti for player in self._players]
        reaper = TaskInstance("reaper", "run", TASK_ID, -1, 0, beside=beside)
        spec = dataclasses.replace(first.spec, subject=REAPER)
        fields = {name: getattr(first, name) for name in ("zygote", "endpoint_url", "log")}
        Player(**fields, spec=spec, ti=reaper).work()
        assert reaper.state == "success", first.log


def play_free(stage: Stage, scenario: FreeScenario, kind: str) -> Outcome:
    """Give a play on a stage."""
    name = f"f{uuid.uuid4().hex[:9]}"
    play = FreePlay(
        scenario=scenario,
        kind=kind,
        name=name,
        gate=stage._jobs.gate(name, scenario.endings),
        account=stage._account,
        log=stage._home / f"{name}.log",
        zygote=stage._zygote,
    )
    try:
        return play.outcome()
    finally:
        play.end()


def _free(player: Player) -> FreePlayer:
    given = {field.name: getattr(player.ti, field.name) for field in dataclasses.fields(player.ti)}
    made = {name: given[name] for name in ("dag_id", "run_id", "task_id", "map_index", "retries")}
    return FreePlayer(
        zygote=player.zygote,
        endpoint_url=player.endpoint_url,
        log=player.log,
        spec=dataclasses.replace(player.spec, subject=FREE),
        ti=FreeInstance(**made),
    )
