"""Places in a driver's run at which it is killed, frozen, or says that it has come there."""

from __future__ import annotations

import os
import signal
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from botocore import handlers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conformance.line import DriverLine

Happening = Literal["killed", "frozen", "told"]


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place, and what happens there.

    :param at: `before Create` or `after Create`, with any verb of SageMaker's: about a call that is
        answered without error; `message X` before a message to Airflow; `event` before a trigger's
        event is delivered
    :param time: at which time the driver comes there, from 1 on
    """

    at: str
    time: int = 1
    happening: Happening = "killed"

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON."""
        return asdict(self)


VERBS = ("Create", "Describe", "Stop", "ListTags", "AddTags")


class Course:
    """Counts where a driver comes by, and lets happen what is to happen there."""

    def __init__(self, line: DriverLine, places: Sequence[Place]) -> None:
        self._line = line
        self._places = {(place.at, place.time): place.happening for place in places}
        self._passed: Counter[str] = Counter()

    def comes_by(self, at: str) -> None:
        """Note that the driver is at a place."""
        self._passed[at] += 1
        happening = self._places.get((at, self._passed[at]))
        if happening is None:
            return
        self._line.tell(came_to=at)
        if happening == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if happening == "frozen":
            self._line.stand_still()

    def watch_calls(self) -> None:
        """Watch the calls to SageMaker of every client that is made from now on."""
        handlers.BUILTIN_HANDLERS.append(("before-call.sagemaker", self._before))
        handlers.BUILTIN_HANDLERS.append(("after-call.sagemaker", self._after))

    def _before(self, *, model: Any, **_: Any) -> None:
        self.comes_by(f"before {_verb(model.name)}")

    def _after(self, *, model: Any, parsed: Any, **_: Any) -> None:
        if "Error" not in parsed:
            self.comes_by(f"after {_verb(model.name)}")


def _verb(operation: str) -> str:
    return next((verb for verb in VERBS if operation.startswith(verb)), operation)
