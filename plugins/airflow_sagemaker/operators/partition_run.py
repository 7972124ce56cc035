"""Start another Dag's run for one partition."""

from __future__ import annotations

from typing import Any

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowRuntimeError


class PartitionRunOperator(BaseOperator):
    """Trigger a partitioned Dag for this run's partition.

    Airflow 3.3's `TriggerDagRunOperator` cannot pass a partition key, though the task API takes one;
    a run without the key would not be known as that partition's. The triggered run's id is derived
    from this run's, so a retry finds the run it started before instead of starting another.

    :param dag_id_to_run: the Dag to trigger
    """

    def __init__(self, *, dag_id_to_run: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dag_id_to_run = dag_id_to_run

    def execute(self, context: Context) -> dict[str, Any]:
        """Give the id of the triggered run and its partition."""
        from airflow.sdk.execution_time.comms import (  # noqa: PLC0415 - there is none at parse time
            ErrorResponse,
            TriggerDagRun,
        )
        from airflow.sdk.execution_time.task_runner import SUPERVISOR_COMMS  # noqa: PLC0415

        partition = context["partition_key"]
        if not partition:
            raise ValueError(
                f"run {context['run_id']} has no partition key; trigger it with one, or trigger "
                f"{self.dag_id_to_run} itself"
            )
        run_id = f"partition__{partition}__{context['run_id']}"
        answer = SUPERVISOR_COMMS.send(
            TriggerDagRun(dag_id=self.dag_id_to_run, run_id=run_id, partition_key=partition)
        )
        if isinstance(answer, ErrorResponse) and answer.error.name != "DAGRUN_ALREADY_EXISTS":
            raise AirflowRuntimeError(answer)
        return {"dag_id": self.dag_id_to_run, "run_id": run_id, "partition": partition}
