"""Jobs that nobody waits for any more are stopped.

A task that ends stops its own job. Where no process was left to do that (a worker was killed just
after somebody had marked its task as failed, a triggerer was down while a task was cleared) the job
runs on and costs money. This Dag looks for such jobs, in every namespace, account and region that
the models' settings name, and in `[sagemaker] namespace` with the connection `aws_default`. It
stops each one whose task, by the tags on the job, neither runs nor waits, and that is older than a
grace time. What another installation or anybody else has made is left alone.

- **Every quarter of an hour** by itself; `[sagemaker] job_reaper_schedule` in Airflow's
  configuration is another cron expression.
- **To look only**: trigger it with `dry_run`.

Each task's XCom and log name the jobs with the reasons.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, Param
from airflow.sdk.configuration import conf

from airflow_sagemaker.decisions.orphans import GRACE_SECONDS
from airflow_sagemaker.groups.trigger_form import tick_box
from airflow_sagemaker.operators.job_reaper import SageMakerJobReaperOperator
from airflow_sagemaker.settings.loader import installed_models

models = installed_models(__file__)
places = {(model.namespace, model.aws.conn_id, model.aws.region) for model in models}
own = conf.get("sagemaker", "namespace", fallback="")
if own and own not in {model.namespace for model in models}:
    places.add((own, "aws_default", ""))

with DAG(
    dag_id="job_reaper",
    description="Jobs that nobody waits for any more are stopped",
    doc_md=__doc__,
    schedule=conf.get("sagemaker", "job_reaper_schedule", fallback="*/15 * * * *"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    tags=["sagemaker", "reaper"],
    params={
        "dry_run": tick_box("Look only", "Report what would be stopped, and stop nothing."),
        "grace_minutes": Param(
            GRACE_SECONDS / 60,
            type="number",
            minimum=0,
            maximum=1440,
            title="Minutes of grace",
            description="Younger jobs are left alone: their task may be between two states.",
        ),
    },
    default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},
):
    for namespace, conn_id, region in sorted(places):
        label = "-".join(filter(None, (namespace, conn_id, region)))
        SageMakerJobReaperOperator(
            task_id=re.sub(r"[^\w-]+", "_", f"reap-{label}"),
            namespace=namespace,
            aws_conn_id=conn_id,
            region_name=region or None,
            report_only="{{ params.dry_run }}",
            grace_seconds="{{ params.grace_minutes * 60 }}",
        )
