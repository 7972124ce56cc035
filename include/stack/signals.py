"""How signals reach the driver: as an exception while it works, not at all while it cleans up."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING

from include.stack.errors import Terminated

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def raise_once() -> None:
    """Make the first signal raise KeyboardInterrupt or `Terminated`, and ignore those after it.

    A second Ctrl-C would cut the clean-up short that the first one started.
    """
    for number in ENDING:
        signal.signal(number, _end)


def _end(number: int, _frame: object) -> None:
    _ignore()
    raise KeyboardInterrupt if number == signal.SIGINT else Terminated


@contextlib.contextmanager
def shielded() -> Iterator[None]:
    """Ignore the signals that would end the driver while the block runs."""
    before = _ignore()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore() -> dict[signal.Signals, signal._HANDLER]:
    return {number: signal.signal(number, signal.SIG_IGN) for number in ENDING}
