"""Asynchronous waiting: what the triggerer runs while a task is deferred."""

from __future__ import annotations
