"""Operators: one verb each, thin; what to do is decided in `decisions`, AWS is spoken in `hooks`."""

from __future__ import annotations
