"""Reusable task groups: what a Dag is made of, here and in a team's own project."""

from __future__ import annotations
