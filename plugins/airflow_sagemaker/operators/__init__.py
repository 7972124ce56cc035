"""Operators: one verb each, thin; decisions are made in `decisions`, AWS is spoken in `hooks`."""

from __future__ import annotations
