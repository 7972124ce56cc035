"""What holds for all tasks of an installation of Airflow: its namespace, and its limits."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from airflow.sdk.configuration import conf

from airflow_sagemaker.decisions.admission import Limits
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.exceptions import InvalidRequestError
from airflow_sagemaker.triggers.deferral import SECTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.bodies.job_kinds import JobKind


def installed_identity(slug: str) -> Identity:
    """Name what a task makes by the installation's namespace.

    :raises InvalidRequestError: if the installation has none
    """
    namespace = conf.get(SECTION, "namespace", fallback="")
    if not namespace:
        raise InvalidRequestError(
            f"{slug} has no namespace to name its jobs by: set `[{SECTION}] namespace` in "
            "Airflow's configuration (AIRFLOW__SAGEMAKER__NAMESPACE), or give the operator an "
            "`identity`"
        )
    return Identity(namespace=namespace, slug=slug)


def job_identity(
    kind: JobKind, body: Mapping[str, Any], identity: Identity | None, task_id: str
) -> Identity:
    """Name a task's job; a name in the request is a part of it.

    :param body: the rendered request
    :param identity: the operator's own; by default the installation's namespace and the task's id
    """
    slug = str(body.get(kind.name_key) or "")
    if identity is None:
        return installed_identity(slug or task_id)
    return dataclasses.replace(identity, slug=slug) if slug else identity


def installed_limits() -> Limits:
    """Give how much of a namespace may be in flight at once.

    :raises InvalidRequestError: if the limits contradict each other
    """
    return Limits(
        jobs=conf.getint(SECTION, "max_jobs", fallback=0),
        instances=conf.getint(SECTION, "max_instances", fallback=0),
        reserved=conf.getint(SECTION, "reserved_for_scheduled", fallback=0),
        triggerers=conf.getint(SECTION, "triggerers", fallback=1),
    )
