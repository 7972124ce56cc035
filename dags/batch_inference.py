"""Features become predictions, one partition a day.

A run makes the predictions of one day, its partition: it chooses the model version in force, runs
one SageMaker batch transform job over the features partition, insists that every line has its
prediction, and only then writes the partition's manifest. Readers go by the manifest, so they never
see half a partition. A partition that is made from the same features and version already is
skipped.

- **New features** start it: `<model>_batch_inference_on_features` answers each announced partition.
- **Every day** the timetable makes the day before, unless that is done.
- **A stretch of days**: `airflow backfill create --dag-id <model>_batch_inference
  --from-date 2013-07-01 --to-date 2013-07-07`, one run a day.

Two Dags, because Airflow lets no Dag both answer partitioned assets and be backfilled
(docs/adr/0002-partitions-assets-and-backfills.md).
"""

from __future__ import annotations

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG

from airflow_sagemaker.groups.batch_partition import batch_partition
from airflow_sagemaker.groups.schedules import (
    dag_arguments,
    day_by_day,
    each_new_partition,
    last_tick,
)
from airflow_sagemaker.groups.trigger_form import model_version, optional_date, tick_box
from airflow_sagemaker.settings.loader import installed_models

for settings in installed_models(__file__):
    dag_id = f"{settings.name}_batch_inference"
    with DAG(
        dag_id=dag_id,
        description="A features partition becomes a predictions partition",
        doc_md=__doc__,
        schedule=day_by_day(settings.schedules.batch_inference),
        end_date=last_tick(settings),
        max_active_runs=settings.schedules.max_active_runs,
        params={
            "partition": optional_date(
                "Day", "Day to predict; leave it empty for the run's own partition, or the newest."
            ),
            "model_package_arn": model_version(
                "ARN of the version to use; leave it empty for the one in force."
            ),
            "redo": tick_box(
                "Make it again",
                "Make the partition even if it is made from the same inputs already.",
            ),
        },
        **dag_arguments(settings, "inference"),
    ):
        batch_partition(
            settings,
            partition="{{ params.partition or partition_key or '' }}",
            model_package_arn="{{ params.model_package_arn or '' }}",
            redo="{{ params.redo }}",
        )

    with DAG(
        dag_id=f"{dag_id}_on_features",
        description="Each new features partition starts its predictions",
        doc_md=__doc__,
        schedule=each_new_partition(settings),
        max_active_runs=settings.schedules.max_active_runs,
        **dag_arguments(settings, "inference"),
    ):
        TriggerDagRunOperator(
            task_id="start_predictions",
            trigger_dag_id=dag_id,
            trigger_run_id="partition__{{ partition_key }}__{{ run_id }}",
            conf={"partition": "{{ partition_key }}"},
            logical_date=None,
            skip_when_already_exists=True,
        )
