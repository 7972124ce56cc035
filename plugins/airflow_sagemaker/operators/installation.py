"""The namespace that an installation of Airflow gives all of its jobs."""

from __future__ import annotations

from airflow.sdk.configuration import conf

from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.exceptions import InvalidRequestError
from airflow_sagemaker.triggers.deferral import SECTION


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
