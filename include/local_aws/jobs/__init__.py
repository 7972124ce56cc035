"""How a job runs: its container, its data on the way in and out, its hosts and its logs."""

from __future__ import annotations
