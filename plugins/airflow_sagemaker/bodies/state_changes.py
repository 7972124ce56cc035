"""EventBridge events that say that a job's state has changed.

Source: SageMaker developer guide, "Events that Amazon SageMaker AI sends to Amazon EventBridge".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.job_kinds import PROCESSING, TRAINING, TRANSFORM, TUNING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.bodies.job_kinds import JobKind
    from airflow_sagemaker.decisions.job_phases import Phase

_SOURCE = "aws.sagemaker"

DETAIL_TYPES: Mapping[str, JobKind] = MappingProxyType(
    {
        "SageMaker Training Job State Change": TRAINING,
        "SageMaker Processing Job State Change": PROCESSING,
        "SageMaker Transform Job State Change": TRANSFORM,
        "SageMaker HyperParameter Tuning Job State Change": TUNING,
    }
)
"""The kind of job that each detail type is about."""


@dataclass(frozen=True, kw_only=True)
class StateChange:
    """A job's new state."""

    kind: JobKind
    name: str
    phase: Phase


def read_state_change(text: str) -> StateChange | None:
    """Read an event as EventBridge delivers it to a queue; None for anything else."""
    try:
        event = json.loads(text)
    except ValueError:
        return None
    if not isinstance(event, dict) or event.get("source") != _SOURCE:
        return None
    kind = DETAIL_TYPES.get(str(event.get("detail-type")))
    detail = event.get("detail")
    return _of_job(kind, detail) if kind and isinstance(detail, dict) else None


def _of_job(kind: JobKind, detail: Mapping[str, Any]) -> StateChange | None:
    name, status = detail.get(kind.name_key), detail.get(kind.status_key)
    if not (isinstance(name, str) and name and isinstance(status, str)):
        return None
    return StateChange(kind=kind, name=name, phase=kind.phase(status))
