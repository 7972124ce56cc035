"""The modules of jobs that run without namespaces; on their path, never imported here."""

from __future__ import annotations
