"""The addresses of a job's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_sagemaker.links.extra_links import CONSOLE, LOGS, OUTPUT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.bodies.job_kinds import JobKind
    from airflow_sagemaker.links.console_pages import ConsolePages

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
    links = {CONSOLE.xcom_key: pages.sagemaker(kind.page(name))}
    if kind.log_group:
        links[LOGS.xcom_key] = pages.logs(kind.log_group, f"{name}/")
    if output:
        links[OUTPUT.xcom_key] = pages.s3(output)
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
