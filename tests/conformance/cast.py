"""One task of a play: its instance in the played Airflow, its operator, and who works on it."""

from __future__ import annotations

import dataclasses
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.conformance.drivers import PATIENCE_SECONDS
from tests.conformance.orders import OURS, PEER, Order, TaskSpec
from tests.conformance.played_airflow import ENDED, TaskInstance
from tests.conformance.steps import WAITING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conformance.drivers import Driver, Zygote
    from tests.conformance.places import Place

_KILLED_AFTER_SECONDS = {OURS: PATIENCE_SECONDS, PEER: 5.0}
"""How long a worker may take to end once it is told to.

Airflow 3.3.2 gives it 5 seconds, after which the peer's has to be killed. Ours ends by itself, and
is given more for the sake of busy machines.
"""
_MOST_STEPS = 12
_RESULT_KEYS = ("Processing", "Training", "Transform", "Tuning")


class NoEndError(Exception):
    """A task of a play does not come to its end."""


@dataclass
class Player:
    """A task, and the process that works on it now.

    :param waiting: the process that waits for the job and lives on between two steps
    :param stands_still: whether that process stands still
    :param frozen: processes that stand still and are taken for dead
    :param drivers: all that have worked on it
    """

    zygote: Zygote
    endpoint_url: str
    log: Path
    spec: TaskSpec
    ti: TaskInstance
    waiting: Driver | None = None
    stands_still: bool = False
    frozen: list[Driver] = field(default_factory=list)
    drivers: list[Driver] = field(default_factory=list)

    def work(self, *, dies_at: Place | None = None, layout: str = "") -> None:
        """Run it on a worker, to the worker's end."""
        if self._is_past():
            return
        driver = self._worker(_places(dies_at), layout)
        self._end_worker(self._run(driver, dies_at))

    def work_and_tell(self, waits: Callable[[], None]) -> None:
        """Run it on a worker, and have it told when the worker waits for the job."""
        driver = self._worker((WAITING,))
        if driver.run_until(WAITING.at):
            waits()
        self._end_worker(driver.run())

    def freeze(self, place: Place) -> None:
        """Run it on a worker that stands still at a place, and is taken for dead."""
        driver = self._worker((dataclasses.replace(place, happening="frozen"),))
        if not driver.run_until(place.at):
            raise NoEndError(f"the worker did not come to `{place.at}`; its log: {self.log}")
        self.frozen.append(driver)
        self.ti.lose_worker()

    def thaw(self, *, told_to_end: bool) -> None:
        """Let frozen workers go on to their end, or tell them to end first."""
        while self.frozen:
            driver = self.frozen.pop()
            if told_to_end:
                driver.signal(signal.SIGTERM)
            driver.go_on()
            end = driver.run()
            if end and end["error"]:
                self.ti.errors.append(end["error"])

    def come_to(self, place: Place) -> None:
        """Have a process come to a place and go on, or stand still there."""
        if self.ti.state == "deferred":
            driver = self._triggerer((place,))
        else:
            driver = self._worker((place,))
        if not driver.run_until(place.at):
            raise NoEndError(f"nobody came to `{place.at}`; the log: {self.log}")
        self.waiting, self.stands_still = driver, place.happening == "frozen"

    def watch(self, *, dies_at: Place | None = None) -> None:
        """Run its trigger in a triggerer, and deliver what it fires."""
        if self._is_past():
            return
        driver = self._triggerer(_places(dies_at))
        self._deliver(self._run(driver, dies_at))

    def kill(self) -> None:
        """Kill the process that waits."""
        if self.waiting is None:
            return
        driver, self.waiting = self.waiting, None
        driver.kill()
        self.ti.lose_worker()

    def reassign(self) -> None:
        """Tell the triggerer that waits that the trigger is not its own any more."""
        assert self.waiting is not None
        driver, self.waiting = self.waiting, None
        driver.cancel_trigger()
        driver.run()

    def shut_down(self) -> None:
        """End the triggerer that waits in an orderly way."""
        assert self.waiting is not None
        driver, self.waiting = self.waiting, None
        driver.shut_down()
        driver.run()

    def act(self, change: Callable[[], None]) -> None:
        """Let a user change its state, and tell who waits, as Airflow does."""
        was_deferred = self.ti.state == "deferred"
        change()
        driver, self.waiting = self.waiting, None
        if driver is None:
            return
        if was_deferred:
            driver.cancel_trigger()
            driver.run()
        elif self.stands_still:
            driver.go_on()
            self.ti.terminate(cleanly=driver.run() is not None)
        else:
            driver.signal(signal.SIGTERM)
            self.ti.terminate(cleanly=driver.run_for(_KILLED_AFTER_SECONDS[self.spec.subject]))

    def time_out(self) -> None:
        """Let the task's time be over."""
        if self.waiting is None:
            self.ti.time_out_trigger()
            return
        driver, self.waiting = self.waiting, None
        driver.signal(signal.SIGALRM)
        self._end_worker(driver.run())

    def go_on(self, waits: Callable[[], None]) -> None:
        """Let everything take its course until it has ended.

        :param waits: called when its job is waited for
        """
        if self.waiting is not None:
            self._go_on_waiting(waits)
        for _ in range(_MOST_STEPS):
            if self.ti.state in ENDED:
                return
            if self.ti.state == "deferred":
                waits()
                self.watch()
            else:
                self.work_and_tell(waits)
        raise NoEndError(f"{self.ti} does not come to its end; the log: {self.log}")

    def end(self) -> None:
        """Leave no process behind."""
        for driver in self.drivers:
            driver.kill()

    @property
    def result(self) -> str:
        """The name of the job that its result is of; empty without a result."""
        value = self.ti.xcoms.get("return_value")
        if not isinstance(value, dict):
            return ""
        described = next((value[key] for key in _RESULT_KEYS if key in value), value)
        names = (described[key] for key in described if key.endswith("JobName"))
        return str(described.get("job_name") or next(names, ""))

    def _go_on_waiting(self, waits: Callable[[], None]) -> None:
        assert self.waiting is not None
        driver, self.waiting = self.waiting, None
        waits()
        if self.ti.state == "deferred":
            self._deliver(driver.run())
        else:
            self._end_worker(driver.run())

    def _is_past(self) -> bool:
        """Tell whether the task has ended before the play wanted it to; ours must not."""
        return self.spec.subject == PEER and self.ti.state in ENDED

    def _run(self, driver: Driver, dies_at: Place | None) -> dict[str, Any] | None:
        end = driver.run()
        if dies_at and end is not None and self.spec.subject != PEER:
            raise NoEndError(f"the process did not come to `{dies_at.at}`; the log: {self.log}")
        return end

    def _worker(self, places: tuple[Place, ...], layout: str = "") -> Driver:
        self.ti.start()
        return self._fork(places, role="worker", layout=layout, run_context=self.ti.run_context())

    def _triggerer(self, places: tuple[Place, ...]) -> Driver:
        if self.ti.trigger is None:
            raise NoEndError(f"{self.ti} is not deferred; the log: {self.log}")
        return self._fork(places, role="triggerer", trigger=self.ti.trigger)

    def _fork(self, places: tuple[Place, ...], **more: Any) -> Driver:
        order = Order(
            endpoint_url=self.endpoint_url,
            log=str(self.log),
            task=self.spec,
            places=places,
            instance=self.ti.document(),
            **more,
        )
        instance_id = self.ti.id
        driver = self.zygote.fork(order, lambda asked: self.ti.answer(asked, instance_id))
        self.drivers.append(driver)
        return driver

    def _end_worker(self, end: dict[str, Any] | None) -> None:
        if end is not None and end["error"]:
            self.ti.errors.append(end["error"])
        if end is None or self.ti.state == "running":
            self.ti.lose_worker()

    def _deliver(self, end: dict[str, Any] | None) -> None:
        if end is None or end["done"] == "cancelled":
            return
        if end["done"] == "failed":
            self.ti.fail_trigger(f"{end['error']}: {end['text']}")
        else:
            self.ti.deliver(end["event"])


def _places(dies_at: Place | None) -> tuple[Place, ...]:
    return (dies_at,) if dies_at else ()
