"""What a sensor sees: whether what it waits for has come, cannot come any more, or is to come."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.endpoint_states import EndpointPhase
from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.hooks.hosting_talks import HostingTalks
from airflow_sagemaker.hooks.job_talks import JobTalks
from airflow_sagemaker.hooks.registry_talks import APPROVED, RegistryTalks
from airflow_sagemaker.triggers.job_report import job_summary

if TYPE_CHECKING:
    from airflow_sagemaker.bodies.job_kinds import JobKind
    from airflow_sagemaker.hooks.aws_calls import Talk
    from airflow_sagemaker.hooks.patience import Patience


class Verdict(StrEnum):
    """What a look comes to."""

    MET = "met"
    FAILED = "failed"
    WAITING = "waiting"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One look.

    :param words: for the log, or the error
    :param value: the sensor's XCom once it is met
    """

    verdict: Verdict
    words: str
    value: dict[str, Any] = field(default_factory=dict)


def job_seen(kind: JobKind, name: str, patience: Patience) -> Talk[Seen]:
    """Look at a job: `Completed` is success, `Failed` and `Stopped` are failures.

    One that is not there may come yet.
    """
    view = yield from JobTalks(kind=kind, patience=patience).describe(name)
    if view is None:
        return Seen(verdict=Verdict.WAITING, words=f"{kind.label} {name} is not there yet")
    words = f"{kind.label} {name} is {view.status}"
    if view.phase is Phase.COMPLETED:
        value = job_summary(kind, view, prices={}, about={})
        return Seen(verdict=Verdict.MET, words=words, value=value)
    if view.phase.ended:
        reason = view.failure_reason or "no reason given"
        return Seen(verdict=Verdict.FAILED, words=f"{words}: {reason}")
    return Seen(verdict=Verdict.WAITING, words=words)


def endpoint_seen(name: str, config_name: str, patience: Patience) -> Talk[Seen]:
    """Look at an endpoint: it serves the config, or any if none is named.

    In service on another config it may be updated yet; broken it stays until somebody acts.
    """
    view = yield from HostingTalks(patience=patience).endpoint(name)
    if view is None:
        return Seen(verdict=Verdict.WAITING, words=f"endpoint {name} is not there yet")
    words = f"endpoint {name} is {view.status} on {view.config_name}"
    value = {"endpoint_name": name, "endpoint_config_name": view.config_name, "arn": view.arn}
    if view.phase is EndpointPhase.BROKEN:
        reason = view.failure_reason or "no reason given"
        return Seen(verdict=Verdict.FAILED, words=f"{words}: {reason}")
    if view.phase is EndpointPhase.SERVING and config_name in {"", view.config_name}:
        return Seen(verdict=Verdict.MET, words=words, value=value)
    return Seen(verdict=Verdict.WAITING, words=words)


def approval_seen(arn: str, patience: Patience) -> Talk[Seen]:
    """Look at a model package: approved is success, rejected is a failure."""
    group = arn.rpartition("/")[0].rpartition("/")[2]
    package = yield from RegistryTalks(group_name=group, patience=patience).describe(arn)
    words = f"{arn} is {package.approval}"
    if package.approval == APPROVED:
        return Seen(verdict=Verdict.MET, words=words, value=package.summary())
    if package.approval == "Rejected":
        said = package.reason or "no reason given"
        return Seen(verdict=Verdict.FAILED, words=f"{words}: {said}")
    return Seen(verdict=Verdict.WAITING, words=words)
