"""One try's dealings with its job: submit it, wait for it, report its end, stop it.

Nothing here needs Airflow, so that tests can kill a small process at any line.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.job_tags import final_tags
from airflow_sagemaker.decisions.submission import releasing, submission
from airflow_sagemaker.exceptions import AwsCallError, JobGoneError, JobStoppedError
from airflow_sagemaker.hooks.aws_calls import hold
from airflow_sagemaker.hooks.job_logs import LogCursor
from airflow_sagemaker.hooks.job_talks import JobTalks
from airflow_sagemaker.hooks.jobs import JobsHook
from airflow_sagemaker.hooks.patience import Patience
from airflow_sagemaker.operators.job_failure import job_failure
from airflow_sagemaker.triggers.job_report import in_words, job_summary
from airflow_sagemaker.triggers.job_stop import stop_claimed
from airflow_sagemaker.triggers.job_watch import JobEnd, JobWatch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_sagemaker.bodies.job_kinds import JobKind, JobView
    from airflow_sagemaker.decisions.claims import Claim
    from airflow_sagemaker.decisions.submission import Submitted
    from airflow_sagemaker.hooks.aws_calls import Talk
    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.triggers.job_watch import ProgressLog

# Airflow 3.3.2 kills a worker 5 seconds after it told it to end, whatever `[core]
# killed_task_cleanup_time` says; what is not stopped by then is left to the reaper
_ON_KILL = Patience(first=0.2, most=1.0, total=4.0)
_TAIL_LINES = 20


@dataclass(frozen=True, kw_only=True)
class JobTerms:
    """How a job is waited for and reported.

    :param poll_seconds: longest pause between two looks
    :param max_runtime: seconds from the job's creation until it is stopped; None for no limit
    :param shows_log: whether the job's log goes into the task's
    :param prices: the team's own prices
    """

    poll_seconds: float = 30.0
    max_runtime: float | None = None
    shows_log: bool = True
    prices: Mapping[str, float] = field(default_factory=dict)


class JobAttempt:
    """One try of a task and its job.

    :param connection: the AWS connection to use
    :param claim: the try's claim
    :param log: where progress goes
    """

    def __init__(
        self,
        *,
        kind: JobKind,
        connection: AwsConnection,
        claim: Claim,
        terms: JobTerms,
        log: ProgressLog,
    ) -> None:
        self.kind = kind
        self.claim = claim
        self.terms = terms
        self.job_name = ""
        self._connection = connection
        self._hook = JobsHook(connection, kind)
        self._log = log
        self._is_killed = False

    def submit(self, request: Mapping[str, Any], fingerprint: str) -> Submitted:
        """Have the job made, taken over or found as it ended.

        :param request: the request without its name
        :raises JobStoppedError: if the task was killed meanwhile
        """
        self.claim = dataclasses.replace(self.claim, fingerprint=fingerprint)
        submitted = self._hook.drive(submission(self.claim), request)
        self.job_name = submitted.name
        if self._is_killed:
            self.stop()
            raise JobStoppedError(
                f"{self._label} was submitted while its task was being killed, and stopped",
                job_name=submitted.name,
                failure="stopped",
            )
        found = "made" if submitted.is_new else f"there already, {submitted.phase}"
        self._log.info("%s is %s", self._label, found)
        return submitted

    def wait(self, instances: int) -> JobEnd:
        """Wait for the job's end on this worker.

        :param instances: how many of its containers write logs
        """
        return hold(self._connection, self._watch(self.first_cursor(instances)).wait())

    def look(self) -> JobView:
        """Look at the job.

        :raises JobGoneError: if it is not there
        """
        view = self._hook.describe(self.job_name)
        if view is None:
            raise JobGoneError(
                f"{self._label} is not there any more: somebody deleted it; clear this task to run "
                "it again",
                job_name=self.job_name,
            )
        return view

    def standing(self, about: Mapping[str, Any]) -> dict[str, Any]:
        """Summarise the job as it stands, for a task that does not wait for its end."""
        return job_summary(self.kind, self.look(), prices=self.terms.prices, about=about)

    def outcome(
        self, end: JobEnd, *, about: Mapping[str, Any], cursor: LogCursor | None = None
    ) -> dict[str, Any]:
        """Report a job that has ended; gives its summary.

        :param about: its generation, and whether it was attached to
        :raises JobNotCompletedError: if it did not complete
        """
        view = end.view or self.look()
        if view.phase is not Phase.COMPLETED:
            tail = self._log_tail(cursor)
            raise job_failure(self.kind, view, timed_out=end.timed_out, log_tail=tail)
        summary = job_summary(self.kind, view, prices=self.terms.prices, about=about)
        self._log.info("%s", in_words(self.kind, summary))
        return summary

    def stop(self) -> None:
        """Stop the job, for its task was killed or is out of time.

        What a newer try has taken over goes on. A job whose name is not known yet is looked for.
        """
        self._is_killed = True
        talks = JobTalks(kind=self.kind, patience=_ON_KILL)
        stop = stop_claimed(talks, self.claim, self.job_name)
        self._log.info("%s: %s", self.kind.label, hold(self._connection, stop))

    def release(self) -> None:
        """Note on the job that this try may be followed by a retry, which goes on with it."""
        talks = JobTalks(kind=self.kind, patience=_ON_KILL)
        self._note(talks.drive(releasing(self.claim), {}))

    def finish(self) -> None:
        """Note on the job that no retry follows this try, which gives the job's result."""
        talks = JobTalks(kind=self.kind, patience=_ON_KILL)
        self._note(talks.add_tags(self.look().arn, final_tags(self.claim.try_number)))

    def _note(self, talk: Talk[object]) -> None:
        try:
            hold(self._connection, talk)
        except AwsCallError as error:
            self._log.warning("A retry may be taken for a clear, or the other way round: %s", error)

    def first_cursor(self, instances: int) -> LogCursor | None:
        """Give the place in the log to begin with; None if it is not shown."""
        if not (self.terms.shows_log and self.kind.log_group):
            return None
        return LogCursor.start(self.kind, self.job_name, instances)

    @property
    def _label(self) -> str:
        return f"{self.kind.label} {self.job_name}"

    def _watch(self, cursor: LogCursor | None) -> JobWatch:
        return JobWatch(
            kind=self.kind,
            name=self.job_name,
            poll_seconds=self.terms.poll_seconds,
            max_runtime=self.terms.max_runtime,
            log=self._log,
            cursor=cursor,
        )

    def _log_tail(self, cursor: LogCursor | None) -> Sequence[object]:
        if not self.kind.log_group:
            return ()
        place = cursor or LogCursor.start(self.kind, self.job_name)
        try:
            return self._hook.log_tail(place, _TAIL_LINES)
        except AwsCallError as error:
            return (f"(not to be read: {error})",)
