"""The FailureReason of a job whose container failed, as SageMaker words it."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from include.local_aws.jobs.errors import FAILURE_REASON_LENGTH

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEPT_LINES = 200
_LONGEST_LINE = 2000
_LONGEST_MESSAGE = 600
_LINES_WITHOUT_TRACEBACK = 3


class OutputTail:
    """The last lines a container wrote; thread-safe."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._lock = threading.Lock()

    def add(self, line: str) -> None:
        """Remember a line."""
        with self._lock:
            self._lines.append(line[:_LONGEST_LINE])

    def error_message(self) -> str:
        """The error among the lines: of the last traceback the failing line and the exception."""
        with self._lock:
            lines = list(self._lines)
        starts = [n for n, line in enumerate(lines) if line.startswith("Traceback (most recent")]
        told = (
            _after_frames(lines[starts[-1] + 1 :]) if starts else lines[-_LINES_WITHOUT_TRACEBACK:]
        )
        return "\n".join(told)[:_LONGEST_MESSAGE].strip()


def _after_frames(traceback: Sequence[str]) -> list[str]:
    """What follows the last `File` line of a traceback, without the markers below the source."""
    frames = [n for n, line in enumerate(traceback) if line.startswith('  File "')]
    told = traceback[frames[-1] + 1 :] if frames else traceback
    return [line for line in told if line.strip(" ^~")]


def user_script_error(message: str, *, exit_code: int, command: Sequence[str]) -> str:
    """What the training toolkit writes to the failure file when the user's script fails."""
    return (
        f'ExecuteUserScriptError:\nExitCode {exit_code}\nErrorMessage "{message}"\n'
        f'Command "{" ".join(command)}"'
    )


def algorithm_error(text: str, exit_code: int) -> str:
    """The FailureReason for a failure text and an exit code, cut where SageMaker cuts."""
    ending = f", exit code: {exit_code}"
    return f"AlgorithmError: {text}"[: FAILURE_REASON_LENGTH - len(ending)] + ending
