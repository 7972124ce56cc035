"""The addresses of a job's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.bodies.console_pages import ConsolePages
    from airflow_sagemaker.bodies.job_kinds import JobKind

CONSOLE_KEY = "_link_SageMakerConsoleLink"
LOGS_KEY = "_link_SageMakerLogsLink"
OUTPUT_KEY = "_link_SageMakerOutputLink"
"""The `xcom_key`s of the links in `links.extra_links`."""

_OUTPUTS = (
    ("OutputDataConfig", "S3OutputPath"),
    ("TransformOutput", "S3OutputPath"),
    ("TrainingJobDefinition", "OutputDataConfig", "S3OutputPath"),
)


def job_links(
    kind: JobKind, name: str, request: Mapping[str, Any], pages: ConsolePages
) -> dict[str, str]:
    """Give the addresses by `xcom_key`; a kind without log or output has no such link.

    :param request: the job's request, or its description
    """
    output = output_uri(request)
    links = {CONSOLE_KEY: pages.sagemaker(kind.page(name))}
    if kind.log_group:
        links[LOGS_KEY] = pages.logs(kind.log_group, f"{name}/")
    if output:
        links[OUTPUT_KEY] = pages.s3(output)
    return links


def output_uri(request: Mapping[str, Any]) -> str:
    """Give where a job's output goes, of several outputs the first; empty if it has none."""
    for path in _OUTPUTS:
        found: Any = request
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        if found:
            return str(found)
    outputs = request.get("ProcessingOutputConfig", {}).get("Outputs", [])
    uris = (output.get("S3Output", {}).get("S3Uri") for output in outputs)
    return next((uri for uri in uris if uri), "")
