"""Raw days become features, one partition a day.

A run makes the features of one day, its partition: it sees that the raw day has landed, starts one
SageMaker processing job with the model's features script, and announces the day's partition of the
features asset. The same raw day gives the same features, byte for byte, so a day may be run again.

- **Every day** the timetable makes the day before.
- **A stretch of days**: `airflow backfill create --dag-id <model>_features --from-date 2013-02-01
  --to-date 2013-02-07`, one run a day.
- **History**: trigger it with `start` and `end`; one job makes all of them and announces none.
"""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_sagemaker.groups.features_partition import features_partition
from airflow_sagemaker.groups.schedules import dag_arguments, day_by_day, last_tick
from airflow_sagemaker.groups.trigger_form import optional_date
from airflow_sagemaker.settings.loader import installed_models

for settings in installed_models(__file__):
    with DAG(
        dag_id=f"{settings.name}_features",
        description="Raw days become features, one partition a day",
        doc_md=__doc__,
        schedule=day_by_day(settings.schedules.features),
        end_date=last_tick(settings),
        max_active_runs=settings.schedules.max_active_runs,
        params={
            "start": optional_date(
                "First day", "First day of a range; leave it empty to make the run's own partition."
            ),
            "end": optional_date(
                "Last day", "Last day of the range; leave it empty to make the first day alone."
            ),
        },
        **dag_arguments(settings, "etl"),
    ):
        features_partition(
            settings,
            first="{{ params.start or partition_key or '' }}",
            last="{{ params.end or params.start or partition_key or '' }}",
        )
