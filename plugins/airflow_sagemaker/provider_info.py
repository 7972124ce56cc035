"""What Airflow is told about this provider."""

from __future__ import annotations

from typing import Any

_INTEGRATION = "Amazon SageMaker"
_OPERATORS = (
    "champion_lookup",
    "endpoint_smoke",
    "endpoint_update",
    "job_launch",
    "model_package_register",
    "packaged_model",
    "partition_window",
    "predictions_plan",
    "predictions_publish",
    "processing_job",
    "training_job",
    "transform_job",
)
_HOOKS = (
    "connection",
    "hosting",
    "job_code",
    "model_registry",
    "packaged_models",
    "s3_objects",
)


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
        "hooks": [_modules("hooks", _HOOKS)],
    }


def _modules(room: str, names: tuple[str, ...]) -> dict[str, Any]:
    modules = [f"airflow_sagemaker.{room}.{name}" for name in names]
    return {"integration-name": _INTEGRATION, "python-modules": modules}
