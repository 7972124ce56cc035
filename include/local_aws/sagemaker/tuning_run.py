"""Runs tuning jobs: proposes, starts, gives up and judges until a limit or a goal is reached.

Source of the reasons to fail: aws/amazon-sagemaker-examples issue 2436 for failing training jobs;
the one for a missing objective metric is worded after it.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from include.local_aws.jobs.contract import Outcome
from include.local_aws.sagemaker.tuning_definitions import TuningDefinition
from include.local_aws.sagemaker.tuning_trials import Trials
from include.local_aws.tuning.search import Observation

if TYPE_CHECKING:
    from include.local_aws.jobs.contract import JobRequest, Progress
    from include.local_aws.jobs.metric_feed import MetricFeed
    from include.local_aws.sagemaker.jobs import Jobs
    from include.local_aws.sagemaker.tuning_trials import Trial
    from include.local_aws.state.records import Records
    from include.local_aws.tuning.early_stopping import EarlyStopping
    from include.local_aws.tuning.search import Search

_POLL_SECONDS = 0.05
_ATTEMPTS = 5
_IMPROVEMENT = 0.01
_FAILED = (
    "No training job succeeded after {count} attempts. "
    "Please take a look at the training job failures to get more details."
)
_NO_METRIC = (
    "No objective metrics found after running {count} training jobs. Please ensure that the "
    "algorithm is emitting the objective metric as defined by the regular expression provided."
)


class TuningExecutor:
    """Runs tuning jobs (see `contract.Executor`) with the training jobs' own operations."""

    def __init__(self, records: Records, training: Jobs, feed: MetricFeed) -> None:
        self._records = records
        self._training = training
        self._feed = feed

    def __call__(self, request: JobRequest, progress: Progress) -> Outcome:
        """Run the job to its end."""
        definition = TuningDefinition.read(request.body)
        trials = Trials(
            request,
            definition,
            records=self._records,
            training=self._training,
            feed=self._feed,
        )
        run = _TuningRun(
            progress=progress,
            definition=definition,
            trials=trials,
            search=definition.search(random.SystemRandom().getrandbits(32)),
            stopping=definition.early_stopping(),
        )
        try:
            return run.outcome()
        finally:
            run.end()


@dataclass(kw_only=True)
class _TuningRun:
    progress: Progress
    definition: TuningDefinition
    trials: Trials
    search: Search
    stopping: EarlyStopping
    tried: list[Trial] = field(default_factory=list)
    ended: list[Trial] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    @property
    def running(self) -> list[Trial]:
        return [trial for trial in self.tried if trial not in self.ended]

    def outcome(self) -> Outcome:
        """Go on until there is one; no training job runs then."""
        while True:
            self._look()
            verdict = self._verdict()
            if verdict is not None:
                if not self._is_shut_down():
                    self._drain()
                return verdict
            self._give_up()
            self._start()
            self.progress.stop_requested.wait(_POLL_SECONDS)

    def end(self) -> None:
        """Follow no training job any more; stop those that a bug of ours left running."""
        for trial in self.tried:
            if not self._is_shut_down():
                self.trials.stop(trial)
            self.trials.forget(trial)

    def _is_shut_down(self) -> bool:
        """Whether the server ends: it leaves training jobs to be marked Failed by the next."""
        return self.progress.stop_requested.is_set() and not self.trials.are_ended_by_stop

    def _look(self) -> None:
        """Find out which tries are over."""
        for trial in self.running:
            self.trials.look(trial)
            if trial.is_over:
                self.ended.append(trial)
                if trial.status == "Completed":
                    self.stopping.completed(trial.number, self.trials.losses(trial))

    def _give_up(self) -> None:
        """Stop tries without prospects."""
        for trial in self.running:
            if self.stopping.stops(trial.number, self.trials.losses(trial)):
                self.trials.stop(trial)

    def _start(self) -> None:
        """Start as many tries as there may be."""
        while len(self.running) < self.definition.most_parallel and self._may_start():
            seen = [Observation(parameters=t.parameters, loss=t.loss) for t in self.tried]
            parameters = self.search.propose(len(self.tried), seen)
            if parameters is None:
                return
            self.tried.append(self.trials.start(len(self.tried), parameters))

    def _may_start(self) -> bool:
        return len(self.tried) < self.definition.most_jobs

    def _drain(self) -> None:
        """Stop what runs and wait for its end."""
        for trial in self.running:
            self.trials.stop(trial)
        while self.running:
            self._look()
            time.sleep(_POLL_SECONDS)

    def _verdict(self) -> Outcome | None:
        """How the tuning job ends, if it does now."""
        if self.progress.stop_requested.is_set() or self._is_out_of_time():
            return Outcome(status="Stopped")
        losses = [trial.loss for trial in self.ended if trial.loss is not None]
        over = not self.running and not self._may_start()
        if not losses and (over or len(self.ended) >= _ATTEMPTS):
            return Outcome(status="Failed", failure_reason=self._failure())
        if over or self._is_good_enough(losses) or self._is_not_improving():
            return Outcome(status="Completed")
        return None

    def _is_out_of_time(self) -> bool:
        limit = self.definition.most_seconds
        return limit is not None and time.monotonic() - self.began >= limit

    def _failure(self) -> str:
        reported = any(trial.status in ("Completed", "Stopped") for trial in self.ended)
        return (_NO_METRIC if reported else _FAILED).format(count=len(self.ended))

    def _is_good_enough(self, losses: list[float]) -> bool:
        target = self.definition.target
        return target is not None and any(v <= self.definition.sign * target for v in losses)

    def _is_not_improving(self) -> bool:
        """Whether the last tries, as many as asked, were none of them better by one percent."""
        limit = self.definition.most_not_improving
        best, since = None, 0
        for trial in self.ended:
            loss = trial.loss
            if loss is not None and (best is None or loss < best - abs(best) * _IMPROVEMENT):
                best, since = loss, 0
            elif best is not None:
                since += 1
        return limit is not None and since >= limit
