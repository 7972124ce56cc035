"""What runs as the first process of a container; needs the standard library only."""

from __future__ import annotations
