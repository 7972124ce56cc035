"""What can go wrong with the local stack, and how `make` is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130
TERMINATED = 143


class StackError(Exception):
    """The stack or a scene failed; `details` are lines of evidence printed under the message."""

    exit_code = 1

    def __init__(self, message: str, *, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.details = tuple(details)


class PreflightError(StackError):
    """Something stands in the way before anything was started; the message says what to do."""

    exit_code = 2


class ProcessEndedError(StackError):
    """A process of the stack ended although nobody asked it to."""


class RestError(StackError):
    """Airflow's REST API answered with an error."""


class SceneFailedError(StackError):
    """A scene's run ended in a state that is not success."""


class SceneTimeoutError(StackError):
    """A scene did not end in its time."""


class Terminated(BaseException):
    """SIGTERM or SIGHUP reached the driver; like KeyboardInterrupt, nothing should swallow it."""
