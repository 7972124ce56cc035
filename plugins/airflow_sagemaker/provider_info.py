"""What Airflow is told about this provider."""

from __future__ import annotations

from typing import Any

_INTEGRATION = "Amazon SageMaker"
_OPERATORS = (
    "champion_lookup",
    "connected_operator",
    "endpoint",
    "endpoint_change",
    "endpoint_config",
    "endpoint_smoke",
    "endpoint_update",
    "hosting_resource",
    "job_attempt",
    "job_failure",
    "job_operator",
    "job_reaper",
    "job_run",
    "lineage",
    "model",
    "model_package",
    "model_package_register",
    "orphaned_jobs",
    "outlet_events",
    "owner_states",
    "packaged_model",
    "partition_window",
    "predictions_plan",
    "predictions_publish",
    "processing_job",
    "retry_by_cause",
    "training_job",
    "transform_job",
    "tuning_job",
    "worker_free",
)
_SENSORS = (
    "aws_sensor",
    "endpoint",
    "job",
    "model_package",
)
_HOOKS = (
    "aws_calls",
    "aws_errors",
    "connection",
    "endpoint_truth",
    "hosting",
    "hosting_talks",
    "image_uris",
    "job_code",
    "job_logs",
    "job_request",
    "job_talks",
    "jobs",
    "log_cursor",
    "model_registry",
    "packaged_models",
    "patience",
    "registry_talks",
    "request_values",
    "s3_objects",
    "secret_values",
    "shared_clients",
    "state_change_queue",
    "vigils",
)
_TRIGGERS = (
    "admission_desk",
    "call_gate",
    "deferral",
    "endpoint",
    "endpoint_watch",
    "held_event",
    "installation",
    "job",
    "job_claim",
    "job_course",
    "job_order",
    "job_report",
    "job_stop",
    "job_watch",
    "roll_call",
    "sensing",
    "service_clock",
    "sightings",
    "start_place",
    "state_changes",
    "task_result",
    "task_state",
    "told_errors",
    "wait_group",
    "watched_wait",
    "watcher",
    "worker_free_job",
)
_LINKS = ("SageMakerConsoleLink", "SageMakerLogsLink", "SageMakerOutputLink")
_SECTION = {
    "description": "What holds for all SageMaker tasks of this installation of Airflow.",
    "options": {
        "namespace": {
            "description": (
                "Names this installation: 1 to 16 lower-case letters and digits. It leads the name "
                "of every job of an operator that is given no identity, and is in its tags, so "
                "that two installations in one account never take each other's jobs for their own."
            ),
            "version_added": None,
            "type": "string",
            "example": "prod",
            "default": "",
        },
        "deferrable": {
            "description": "Whether operators and sensors wait in the triggerer by default.",
            "version_added": None,
            "type": "boolean",
            "example": None,
            "default": "True",
        },
        "deferral_hold": {
            "description": (
                "Seconds from a trigger's start for which an event that resumes a worker is held "
                "back. Airflow 3.3 fails a try that is resumed before the scheduler has read the "
                "executor's report of its deferral."
            ),
            "version_added": None,
            "type": "float",
            "example": None,
            "default": "10.0",
        },
        "max_jobs": {
            "description": (
                "How many jobs of a namespace may be in flight at once, counted from what "
                "SageMaker lists; 0 for no limit. Jobs beyond wait in the triggerer to be made, "
                "whether their tasks started on a worker or not."
            ),
            "version_added": None,
            "type": "integer",
            "example": "20",
            "default": "0",
        },
        "max_instances": {
            "description": (
                "How many instances the jobs of a namespace may run on at once; 0 for no limit. "
                "A job that asks for more fails."
            ),
            "version_added": None,
            "type": "integer",
            "example": "40",
            "default": "0",
        },
        "reserved_for_scheduled": {
            "description": (
                "How many of `max_jobs` no run of a backfill may have, so that a backfill does "
                "not keep the other runs waiting."
            ),
            "version_added": None,
            "type": "integer",
            "example": "5",
            "default": "0",
        },
        "list_calls_per_second": {
            "description": (
                "List calls a second that all waits on one connection and region make together, "
                "over all kinds of jobs and all triggerers. SageMaker is reported to take two "
                "ListTrainingJobs calls a second from an account, whoever makes them."
            ),
            "version_added": None,
            "type": "float",
            "example": "0.5",
            "default": "1.0",
        },
        "describe_calls_per_second": {
            "description": (
                "Describe calls a second that all waits on one connection and region make "
                "together, over all triggerers, only because it is time to look again. A wait's "
                "first look, and one that news of an end calls for, are beside it."
            ),
            "version_added": None,
            "type": "float",
            "example": "10.0",
            "default": "5.0",
        },
        "triggerers": {
            "description": (
                "How many triggerers run in this installation: each takes its share of the calls "
                "a second."
            ),
            "version_added": None,
            "type": "integer",
            "example": "2",
            "default": "1",
        },
    },
}


def get_provider_info() -> dict[str, Any]:
    """Return the provider's parts, in the form of Airflow's `provider_info.schema.json`."""
    return {
        "package-name": "airflow-provider-sagemaker",
        "name": "Amazon SageMaker MLOps",
        "description": "The whole life of a model on Amazon SageMaker.",
        "integrations": [
            {
                "integration-name": _INTEGRATION,
                "external-doc-url": "https://docs.aws.amazon.com/sagemaker/",
                "tags": ["aws"],
            }
        ],
        "operators": [_modules("operators", _OPERATORS)],
        "sensors": [_modules("sensors", _SENSORS)],
        "hooks": [_modules("hooks", _HOOKS)],
        "triggers": [_modules("triggers", _TRIGGERS)],
        "extra-links": [f"airflow_sagemaker.links.extra_links.{name}" for name in _LINKS],
        "config": {"sagemaker": _SECTION},
    }


def _modules(room: str, names: tuple[str, ...]) -> dict[str, Any]:
    modules = [f"airflow_sagemaker.{room}.{name}" for name in names]
    return {"integration-name": _INTEGRATION, "python-modules": modules}
