"""What survives a restart: the control plane's documents and how they are listed."""

from __future__ import annotations
