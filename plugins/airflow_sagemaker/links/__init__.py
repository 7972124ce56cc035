"""Links from a task to the pages about its work: AWS's console, its logs, its output."""

from __future__ import annotations
