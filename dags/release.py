"""An approved model version goes behind the endpoint.

The model asset starts it, so every version that training approved is released. The group makes the
version's SageMaker model, creates the endpoint or updates it, and verifies that the endpoint ended
on the config asked for: after a failed update SageMaker returns to the former one and calls that a
success. One smoke invocation must then be answered by the released version.

Trigger it with a version's ARN to release, or to go back to, that version. One that waits for a
person's word is approved by ticking `approve`.
"""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_sagemaker.groups.release import release
from airflow_sagemaker.groups.schedules import dag_arguments
from airflow_sagemaker.groups.trigger_form import model_version, tick_box
from airflow_sagemaker.groups.wiring import model_asset
from airflow_sagemaker.settings.loader import installed_models

for settings in installed_models(__file__):
    with DAG(
        dag_id=f"{settings.name}_release",
        description="An approved model version goes behind the endpoint",
        doc_md=__doc__,
        schedule=[model_asset(settings)],
        max_active_runs=1,
        params={
            "model_package_arn": model_version(
                "ARN of the version to release; leave it empty for the newest approved."
            ),
            "approve": tick_box(
                "Approve it", "Approve the version named above first, in your name."
            ),
        },
        **dag_arguments(settings, "release"),
    ):
        release(
            settings,
            model_package_arn="{{ params.model_package_arn or '' }}",
            approve="{{ params.approve }}",
        )
