"""The variants of `make bench-burst`, known to the benchmark and to its Dag file."""

from __future__ import annotations

PEER, OURS, WORKER_FREE = "peer", "ours", "worker_free"
VARIANTS = (PEER, OURS, WORKER_FREE)
LABELS = {
    PEER: "amazon provider, deferrable",
    OURS: "ours, deferrable",
    WORKER_FREE: "ours, worker-free",
}
SIZES = (20, 100)
QUICK_SIZES = (5,)
"""To try the benchmark itself."""

WARM_UP = 2
"""Tasks of the run that nobody counts: everything is imported and cached by then."""


def dag_id(variant: str, size: int) -> str:
    """Name the Dag of a variant with so many tasks."""
    return f"{variant}_{size}"
