"""Models that answer: the server in the container, the fleet of an endpoint, batch transform."""

from __future__ import annotations
