"""A lock on the state directory, by which a starting store knows whether it is alone there."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class RootLock:
    """Held from start to end by every store on a directory, in this process or another.

    Blobs that no index row names are leftovers only if nobody is writing one: the store that comes
    first may remove them, later ones may not.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self.is_first = self._try_alone()

    def share(self) -> None:
        """Let other stores in; call once the leftovers are gone."""
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def release(self) -> None:
        """Give the lock up."""
        os.close(self._descriptor)

    def _try_alone(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
