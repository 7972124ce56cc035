"""Sensors: they wait for what others do, and start nothing themselves."""

from __future__ import annotations
