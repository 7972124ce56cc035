"""Stop the jobs that nobody waits for any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_sagemaker.decisions.orphans import GRACE_SECONDS, RESCHEDULE_SECONDS
from airflow_sagemaker.operators.connected_operator import ConnectedOperator
from airflow_sagemaker.triggers.installation import installed_identity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context


class SageMakerJobReaperOperator(ConnectedOperator):
    """Stop the namespace's jobs whose task neither runs nor waits, and report them.

    It is for jobs that no process was left to stop: a worker was killed before it could stop the
    job of a task that somebody had marked as failed. A job's tags say whose it is. What another
    namespace has made, or anybody else, is left alone.

    :param namespace: whose jobs; by default `[sagemaker] namespace` (templated)
    :param report_only: whether to stop nothing; the text `True` means so too (templated)
    :param grace_seconds: younger jobs are left alone (templated)
    :param reschedule_seconds: a task without a state is asked about again after these: one whose
        scheduler was lost is scheduled anew meanwhile, and goes on with its job

    The other parameters are those of :class:`ConnectedOperator`.
    """

    template_fields: Sequence[str] = (
        *ConnectedOperator.template_fields,
        "namespace",
        "report_only",
        "grace_seconds",
    )

    def __init__(
        self,
        *,
        namespace: str | None = None,
        report_only: bool | str = False,
        grace_seconds: float | str = GRACE_SECONDS,
        reschedule_seconds: float = RESCHEDULE_SECONDS,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.namespace = namespace
        self.report_only = report_only
        self.grace_seconds = grace_seconds
        self.reschedule_seconds = reschedule_seconds

    def execute(self, context: Context) -> dict[str, Any]:  # noqa: ARG002 - nothing of it is needed
        """Look through the running jobs; gives how many there are, and which were stopped and why.

        :raises AwsCallError: if some could not be looked at or stopped; the others were
        """
        from airflow_sagemaker.operators.orphaned_jobs import (  # noqa: PLC0415 - not for parsing
            Reaping,
        )

        reaping = Reaping(
            connection=self.connection(),
            namespace=self.namespace or installed_identity(self.task_id).namespace,
            grace=float(self.grace_seconds),
            reschedule_seconds=self.reschedule_seconds,
            is_dry=str(self.report_only) == "True",
            log=self.log,
        )
        report = reaping.reap()
        reaping.complain()
        return report
