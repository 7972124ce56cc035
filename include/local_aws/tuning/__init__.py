"""Search for hyperparameters: what to try next, and which tries to give up; no I/O."""

from __future__ import annotations
