"""What the operators of every kind of job are given; what they do with it is in `job_run`.

That is imported when a task runs: a Dag file with operators is parsed again and again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk.exceptions import TaskDeferralError, TaskDeferralTimeout

from airflow_sagemaker.bodies.processing_jobs import without_absent_inputs
from airflow_sagemaker.exceptions import InvalidRequestError
from airflow_sagemaker.links.extra_links import CONSOLE, LOGS, OUTPUT
from airflow_sagemaker.operators.connected_operator import ConnectedOperator
from airflow_sagemaker.triggers.deferral import is_deferrable_by_default

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import timedelta

    from airflow.sdk import Context
    from airflow.sdk.definitions.mappedoperator import OperatorPartial

    from airflow_sagemaker.bodies.job_kinds import JobKind
    from airflow_sagemaker.bodies.request_policy import Guard
    from airflow_sagemaker.decisions.identity import Identity
    from airflow_sagemaker.hooks.job_code import JobCode
    from airflow_sagemaker.operators.job_run import JobRun


class SageMakerJobOperator(ConnectedOperator):
    """Have a job done exactly once, and wait for its end.

    The job's name is derived from what identifies it (docs/adr/0007-exactly-once-jobs.md): a retry
    goes on with the job it finds, a cleared task makes the next one. Killing the task stops it.

    :param body: the kind's Create request as boto3 takes it (templated). Numbers may be given as
        text that renders to one, images as `{framework, version, …}`, values of environment and
        hyperparameters as references to secrets. A name in it becomes a part of the job's name
    :param identity: namespace and slug of the job's name; by default `[sagemaker] namespace` and
        the task's id
    :param shared_identity: what identifies the job whichever run asks for it, such as a partition
        and its inputs' fingerprint (templated); by default the job is the run's own
    :param code: the code folder; published before the job is submitted
    :param guard: what the team puts into requests and demands of them
    :param secret_names: variables and hyperparameters whose values are masked in logs and pages
    :param wait_for_completion: whether to wait for the job's end; a job that nobody waits for may
        outlive its task, and the reaper leaves it alone
    :param deferrable: whether to wait in the triggerer; by default `[sagemaker] deferrable`
    :param worker_free: whether the scheduler starts the task in the triggerer, so that no worker
        takes part unless something fails (docs/adr/0009-jobs-without-a-worker.md); where that
        cannot work the Dag is not imported, and the error says why
    :param poll_seconds: longest pause between two looks at the job
    :param max_runtime: a job that was made longer ago than this is stopped, and the task fails
    :param print_log: whether the job's log is shown in the task's
    :param prices: USD per instance and hour by instance type; they win over the built-in table
    :param partition: key of the partition the outlets are announced for (templated); by default the
        run's own

    The other parameters are those of :class:`ConnectedOperator`.
    """

    kind: ClassVar[JobKind]

    template_fields: Sequence[str] = (
        *ConnectedOperator.template_fields,
        "body",
        "shared_identity",
        "partition",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"body": "json"}
    operator_extra_links = (CONSOLE, LOGS, OUTPUT)

    def __init__(
        self,
        *,
        body: Mapping[str, Any],
        identity: Identity | None = None,
        shared_identity: Sequence[str] = (),
        code: JobCode | None = None,
        guard: Guard | None = None,
        secret_names: Collection[str] = (),
        wait_for_completion: bool = True,
        deferrable: bool | None = None,
        worker_free: bool = False,
        poll_seconds: float = 30,
        max_runtime: timedelta | float | None = None,
        print_log: bool = True,
        prices: Mapping[str, float] | None = None,
        partition: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.body = body
        self.identity = identity
        self.shared_identity = shared_identity
        self.code = code
        self.guard = guard
        self.secret_names = secret_names
        self.wait_for_completion = wait_for_completion
        self.deferrable = is_deferrable_by_default() if deferrable is None else deferrable
        self.worker_free = worker_free
        self.poll_seconds = poll_seconds
        self.max_runtime = max_runtime
        self.print_log = print_log
        self.prices = dict(prices or {})
        self.partition = partition
        self._run: JobRun | None = None
        self._settle_start()

    @classmethod
    def partial(cls, **arguments: Any) -> OperatorPartial:
        """Begin a mapped task, which cannot be worker-free."""
        from airflow_sagemaker.operators.worker_free import (  # noqa: PLC0415 - not for parsing
            refuse_mapped,
        )

        begun: OperatorPartial = super().partial(**arguments)
        refuse_mapped(begun.kwargs, arguments.get("default_args") or {})
        return begun

    def execute(self, context: Context) -> dict[str, Any]:
        """Have the job done; gives its summary."""
        return self.begin_run(context).do()

    def execute_complete(self, context: Context, event: Any) -> dict[str, Any]:
        """Go on after the trigger; look at the job, for the event only names it.

        A task that its trigger ended comes here only where there is no triggerer, as in
        `dag.test()`; submitting again finds the completed job.
        """
        run = self.begin_run(context)
        return run.go_on(event) if isinstance(event, dict) else run.do_here()

    def resume_execution(
        self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context
    ) -> Any:
        """Go on after the deferral; one that took too long stops the job first.

        :raises JobTimedOutError: if the deferral took longer than `execution_timeout`
        """
        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except TaskDeferralTimeout as error:
            raise self.begin_run(context).stopped_late() from error
        except TaskDeferralError:
            if self.worker_free:
                self.begin_run(context).attempt.release()
            raise

    def on_kill(self) -> None:
        """Stop the job unless a newer try has it."""
        if self._run:
            self._run.attempt.stop()

    def render_template_fields(self, context: Context, jinja_env: Any = None) -> None:
        """Render, and have the values that are marked as secret masked from then on."""
        from airflow_sagemaker.hooks.job_request import (  # noqa: PLC0415 - not for parsing
            JobRequest,
        )

        super().render_template_fields(context, jinja_env)
        JobRequest(self.kind, self.body, self.guard).mask(self.secret_names)

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """Tell OpenLineage what the job read and wrote; its provider calls this on a worker."""
        from airflow_sagemaker.operators.lineage import (  # noqa: PLC0415 - not for parsing
            operator_lineage,
        )

        del task_instance
        return operator_lineage(without_absent_inputs(self.body))

    def begin_run(self, context: Context) -> JobRun:
        """Know whose job it is before anything is asked of AWS, so that a kill finds it."""
        from airflow_sagemaker.operators.job_run import (  # noqa: PLC0415 - not for parsing
            JobRun,
        )

        self._run = JobRun(self, context)
        return self._run

    def _settle_start(self) -> None:
        """Refuse what contradicts itself, and decide where the task starts."""
        if self.max_runtime is not None and not self.wait_for_completion:
            raise InvalidRequestError(
                f"task {self.task_id}: max_runtime is kept by the task that waits, and "
                "wait_for_completion is False; set the request's own StoppingCondition instead"
            )
        if not self.worker_free:
            return
        from airflow_sagemaker.operators.worker_free import (  # noqa: PLC0415 - not always needed
            start_arguments,
        )

        self.start_trigger_args = start_arguments(self)
        self.start_from_trigger = True
