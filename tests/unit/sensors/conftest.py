"""A group of versions to wait for."""

from __future__ import annotations

from tests.unit.operators.conftest import served

__all__ = ["served"]
