"""What a Dag and a worker tell a triggerer that has a whole job done: as JSON, with a version."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from airflow_sagemaker.bodies.request_policy import Guard
from airflow_sagemaker.bodies.security import Security
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.decisions.job_tags import Owner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BACKFILL = "backfill"
"""The type of a backfill's runs, `DagRunType.BACKFILL_JOB`."""


@dataclass(frozen=True, kw_only=True)
class JobOrder:
    """What is known of a job when its Dag is parsed, beside what is rendered.

    :param kind: the job kind's key
    :param identity: namespace and slug of the job's name; None for the installation's
    :param guard: what the team puts into requests and demands of them
    :param secret_names: variables and hyperparameters whose values are masked
    :param attended: whether the task waits for the job's end
    :param code_uri: where the job's code has to be in S3; empty if it has none
    :param push_result: whether the summary is pushed as XCom
    """

    kind: str
    verify: bool | str | None = None
    botocore_config: Mapping[str, Any] | None = None
    identity: Identity | None = None
    guard: Guard | None = None
    secret_names: Sequence[str] = ()
    attended: bool = True
    poll_seconds: float = 30.0
    max_runtime: float | None = None
    print_log: bool = True
    prices: Mapping[str, float] = field(default_factory=dict)
    code_uri: str = ""
    push_result: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON, without what is as by default: Airflow stores it with every task.

        So a default may not change without a new version of the trigger's arguments.
        """
        plain = JobOrder(kind=self.kind)
        told = dataclasses.asdict(self)
        return {
            name: value
            for name, value in told.items()
            if name == "kind" or getattr(self, name) != getattr(plain, name)
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_dict` of this version or an earlier one gave."""
        identity, guard = document.get("identity"), document.get("guard")
        known = {**document, "identity": identity and Identity(**identity)}
        return cls(**{**known, "guard": guard and _guard(guard)})


@dataclass(frozen=True, kw_only=True)
class Handover:
    """What a worker tells of its try when it hands a job over to a triggerer.

    :param series: as in a `Claim`; None for a task without a worker, whose tries do not know it
    :param fingerprint: the logical request's
    :param is_backfill: whether the run is a backfill's
    :param work_left: what a worker has to do after a success, in words
    :param waits_here: whether the triggerer waits for the job's end, and not a worker
    :param hold_seconds: an event that resumes a worker is held back for so long from the start on
    """

    owner: Owner
    try_number: int
    series: int | None
    fingerprint: str
    is_backfill: bool
    work_left: Sequence[str]
    waits_here: bool
    hold_seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_dict` gave."""
        return cls(**{**document, "owner": Owner(**document["owner"])})


def _guard(document: Mapping[str, Any]) -> Guard:
    security = Security(**{key: _fixed(value) for key, value in document["security"].items()})
    fields = {key: _fixed(value) for key, value in document.items()}
    return Guard(**{**fields, "security": security})


def _fixed(value: Any) -> Any:
    """Give a JSON list as the tuple that it was."""
    return tuple(value) if isinstance(value, list) else value
