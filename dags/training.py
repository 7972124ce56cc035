"""Features become a trained, evaluated and registered model version.

The days of the window are split in time order: train, validation, test. A SageMaker training job
fits the model over several hosts, each with its own share of the training days, and stops early on
the validation days. A processing job then scores it on the test days beside the base rate and
beside the champion, the version in force. The version is registered in any case: **Approved** if it
beats both, **PendingManualApproval** if it beats the base rate only, **Rejected** if not even that.
Only an approved version is announced as the model asset, which releases it.
"""

from __future__ import annotations

from airflow.sdk import DAG, Param

from airflow_sagemaker.groups.schedules import dag_arguments
from airflow_sagemaker.groups.train import train
from airflow_sagemaker.groups.trigger_form import (
    hyperparameter_fields,
    hyperparameter_templates,
    optional_date,
)
from airflow_sagemaker.settings.loader import installed_models

for settings in installed_models(__file__):
    training = settings.training
    with DAG(
        dag_id=f"{settings.name}_training",
        description="Features become a trained, evaluated and registered model version",
        doc_md=__doc__,
        schedule=settings.schedules.training,
        max_active_runs=1,
        params={
            "end": optional_date(
                "Last day", "Last day of the window; leave it empty for the newest features."
            ),
            "history_days": Param(
                training.window.history_days,
                type="integer",
                minimum=training.window.held_out_days + 1,
                maximum=3660,
                title="Days of history",
                description="Days of the window, validation and test days included.",
            ),
            "hosts": Param(
                training.instance_count,
                type="integer",
                minimum=1,
                maximum=100,
                title="Hosts",
                description="Instances that train together, each on its own share of the days.",
            ),
            **hyperparameter_fields(training.hyperparameters),
        },
        **dag_arguments(settings, "training"),
    ):
        train(
            settings,
            last="{{ params.end or '' }}",
            history_days="{{ params.history_days }}",
            hosts="{{ params.hosts }}",
            hyperparameters=hyperparameter_templates(training.hyperparameters),
        )
