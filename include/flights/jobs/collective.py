"""XGBoost's collective over the hosts of a training job.

The first host runs the tracker that all join. A host's rank in the collective is its place in the
sorted list of hosts (the tracker sorts by task, and the task is that place), so that which host
does what, and the order sums are made in, is the same in every run.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import rendezvous
import xgboost
from container import JobError
from xgboost import collective
from xgboost.tracker import RabitTracker

if TYPE_CHECKING:
    from collections.abc import Iterator

_LEAVE_SECONDS = 60


class AgreedError(JobError):
    """A failure that every host has seen: they leave the collective in good order to report it."""


@dataclass(frozen=True)
class Cluster:
    """The hosts of a training job and how they find each other.

    `port` is where the first host can be asked for its tracker. `join_seconds` is how long a host
    waits for all to join; `silence_seconds` how long, once joined, for the slowest (a dead host is
    noticed at once, its connections close).
    """

    job: str
    hosts: list[str]
    current_host: str
    port: int
    join_seconds: int
    silence_seconds: int

    @property
    def first_host(self) -> str:
        """The host that runs the tracker and saves the model."""
        return self.hosts[0]

    @property
    def is_first(self) -> bool:
        """Whether this is that host."""
        return self.current_host == self.first_host

    @property
    def identity(self) -> dict[str, Any]:
        """What tells this job's first host from another's at the same address."""
        return {"job": self.job, "hosts": self.hosts}

    def neighbours(self) -> int:
        """How many hosts share this machine, itself included: those at loopback addresses."""
        if len(self.hosts) == 1:
            return 1
        addresses = [rendezvous.address_of(host) or "" for host in self.hosts]
        return max(1, sum(1 for address in addresses if address.startswith("127.")))


@contextlib.contextmanager
def joined(cluster: Cluster) -> Iterator[None]:
    """Enter the collective with all hosts; one host alone has nothing to enter.

    Raises JobError if not all hosts join in time, or if one is lost on the way.
    """
    if len(cluster.hosts) == 1:
        yield
        return
    deadline = time.monotonic() + cluster.join_seconds
    tracker = _join_first(cluster, deadline) if cluster.is_first else None
    if not cluster.is_first:
        _join_later(cluster, deadline)
    try:
        yield
        _leave(tracker)
    except AgreedError:
        _leave(tracker)
        raise
    except xgboost.core.XGBoostError as error:
        trouble = f"{cluster.current_host} cannot go on, another host may be gone"
        raise JobError(f"{trouble}: {_reason(error)}") from error


def exchange(document: Any) -> list[Any]:
    """Give every host's document to every host, in the order of the hosts."""
    if not collective.is_distributed():
        return [document]
    return [collective.broadcast(document, rank) for rank in range(collective.get_world_size())]


def _join_first(cluster: Cluster, deadline: float) -> Any:
    """Start the tracker, tell the others where it is and wait for them; return it."""
    address = rendezvous.resolve(cluster.first_host, deadline)
    tracker = RabitTracker(
        n_workers=len(cluster.hosts), host_ip=address, sortby="task", timeout=cluster.join_seconds
    )
    tracker.start()
    port = tracker.worker_args()["dmlc_tracker_port"]
    document = {"identity": cluster.identity, "tracker_port": port}
    with rendezvous.told(document, address, cluster.port):
        try:
            _enter(cluster, address, port)
        except xgboost.core.XGBoostError as error:
            absence = f"not all of {len(cluster.hosts)} hosts joined in {cluster.join_seconds} s"
            raise JobError(f"{absence}: {_reason(error)}") from error
    return tracker


def _join_later(cluster: Cluster, deadline: float) -> None:
    """Join the first host's tracker, again if it went away before all had joined."""
    address = rendezvous.resolve(cluster.first_host, deadline)
    while True:
        document = rendezvous.ask(
            address, cluster.port, identity=cluster.identity, deadline=deadline
        )
        try:
            _enter(cluster, address, document["tracker_port"])
        except xgboost.core.XGBoostError as error:
            if time.monotonic() > deadline:
                raise JobError(f"{cluster.current_host} did not join: {_reason(error)}") from error
            time.sleep(rendezvous.RETRY_SECONDS)
        else:
            return


def _enter(cluster: Cluster, address: str, port: int) -> None:
    with xgboost.config_context(verbosity=0):
        collective.init(
            dmlc_tracker_uri=address,
            dmlc_tracker_port=port,
            dmlc_task_id=f"{cluster.hosts.index(cluster.current_host):05d}",  # sorted as text
            dmlc_timeout=cluster.silence_seconds,
            dmlc_retry=1,
        )


def _leave(tracker: Any) -> None:
    """Leave together: the first host waits until all have."""
    collective.finalize()
    if tracker is not None:
        tracker.wait_for(timeout=_LEAVE_SECONDS)
        tracker.free()


def _reason(error: Exception) -> str:
    """The innermost line of XGBoost's chain of errors."""
    lines = [line.strip("- ") for line in str(error).splitlines()]
    causes = [line.partition("]: ")[2] for line in lines if line.startswith("[") and "]: " in line]
    said = [cause for cause in causes if cause]
    return said[-1] if said else type(error).__name__
