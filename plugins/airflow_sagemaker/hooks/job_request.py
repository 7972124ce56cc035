"""From a rendered request to what is sent, and to what identifies it.

The logical request is what was asked for: numbers as numbers, the team's fields in it, images and
secrets still as they were given. It alone is digested, so that neither a rotated secret nor a newer
SageMaker SDK makes a retry ask for another job.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.instances import instances_of, peak_instances
from airflow_sagemaker.bodies.processing_jobs import without_absent_inputs
from airflow_sagemaker.bodies.request_policy import Guard, guarded
from airflow_sagemaker.bodies.secret_references import marked_values
from airflow_sagemaker.decisions.fingerprint import fingerprint
from airflow_sagemaker.hooks.image_uris import with_image_uris
from airflow_sagemaker.hooks.request_values import coerced, require_valid
from airflow_sagemaker.hooks.secret_values import mask, resolved

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from airflow_sagemaker.bodies.job_kinds import JobKind
    from airflow_sagemaker.hooks.connection import AwsConnection


@dataclass(frozen=True)
class JobRequest:
    """A rendered request of a job.

    :param body: as it was rendered; it is not changed
    :param guard: what the team puts into requests and demands of them
    """

    kind: JobKind
    body: Mapping[str, Any]
    guard: Guard | None = None

    @functools.cached_property
    def logical(self) -> dict[str, Any]:
        """What was asked for, without the job's name.

        :raises RequestRefusedError: if it lacks what the team demands
        """
        present = without_absent_inputs(self.body)
        nameless = {key: present[key] for key in present if key != self.kind.name_key}
        fitted = coerced(self.kind.api_name("Create"), nameless)
        return guarded(fitted, self.kind, self.guard or Guard())

    @property
    def fingerprint(self) -> str:
        """What tells this request from a changed one."""
        return fingerprint(self.logical)

    @property
    def instances(self) -> int:
        """How many instances it asks for, one at least."""
        return max(instances_of(self.kind, self.logical).count, 1)

    @property
    def peak_instances(self) -> int:
        """How many instances it has at once at most; a tuning job those of its training jobs."""
        return peak_instances(self.kind, self.logical)

    def complete(self, connection: AwsConnection) -> dict[str, Any]:
        """Give what is sent, still without a name: with images and secrets in place.

        It is checked before the first call, which is for the secrets.

        :param connection: its region is where images and secrets are
        :raises InvalidRequestError: names every field that does not fit SageMaker's API
        """
        return resolved(self.checked(connection), connection)

    def checked(self, connection: AwsConnection) -> dict[str, Any]:
        """Give what is sent but for the name and the secrets.

        :raises InvalidRequestError: names every field that does not fit SageMaker's API
        """
        body = with_image_uris(self.logical, connection)
        later = ("Tags", self.kind.name_key)
        require_valid(self.kind.api_name("Create"), body, later=later)
        return body

    def mask(self, names: Collection[str]) -> None:
        """Have values masked, in logs and on pages, that are marked as secret."""
        mask(marked_values(self.body, names))
