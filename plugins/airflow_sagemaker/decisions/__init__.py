"""What to do, given what was seen: pure functions and values, standard library only."""

from __future__ import annotations
