"""What a driver process is told to do."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from tests.conformance.places import Place

CONN_ID = "conformance"
TASK_ID = "job"
SLUG = "job"
OURS, PEER, REAPER, FREE = "ours", "peer", "reaper", "free"


@dataclass(frozen=True, kw_only=True)
class TaskSpec:
    """A task of the played Dag: whose operator it is, and what it is given.

    :param subject: `OURS`, `PEER`, `REAPER`, or `FREE` for ours without a worker
    :param body: the Create request without a name
    :param shared_identity: what identifies its job whichever run asks for it
    :param peer_name: what the peer's operator is given as the job's name
    """

    subject: str
    kind: str
    namespace: str
    body: dict[str, Any]
    deferrable: bool
    retries: int
    execution_timeout: float | None = None
    max_runtime: float | None = None
    has_outlet: bool = False
    shared_identity: tuple[str, ...] = ()
    peer_name: str = ""
    print_log: bool = False


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order to a driver.

    :param instance: the task instance, as the Execution API describes it
    :param run_context: what the Execution API gives beside
    :param trigger: class path and arguments of the trigger to run
    :param layout: the version of job names that the provider is to have; empty for its own
    """

    role: Literal["worker", "triggerer"]
    endpoint_url: str
    log: str
    task: TaskSpec
    places: tuple[Place, ...] = ()
    instance: dict[str, Any] = field(default_factory=dict)
    run_context: dict[str, Any] = field(default_factory=dict)
    trigger: dict[str, Any] = field(default_factory=dict)
    layout: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Order:
        """Read what `to_dict` gave."""
        task = {**document["task"], "shared_identity": tuple(document["task"]["shared_identity"])}
        places = tuple(Place(**place) for place in document["places"])
        return cls(**{**document, "task": TaskSpec(**task), "places": places})
