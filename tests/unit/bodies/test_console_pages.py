"""Addresses lead to the right console, region and page."""

from __future__ import annotations

import pytest

from airflow_sagemaker.bodies.console_pages import ConsolePages
from airflow_sagemaker.bodies.job_kinds import PROCESSING, TRAINING, TRANSFORM, TUNING, JobKind
from airflow_sagemaker.bodies.job_links import job_links, output_uri
from airflow_sagemaker.links.extra_links import CONSOLE, LOGS, OUTPUT

PAGES = ConsolePages(region="eu-west-1")


@pytest.mark.parametrize(
    ("partition", "host"),
    [
        ("aws", "eu-west-1.console.aws.amazon.com"),
        ("aws-cn", "eu-west-1.console.amazonaws.cn"),
        ("aws-us-gov", "eu-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_each_partition_has_a_console_of_its_own(partition: str, host: str) -> None:
    """An ARN says which."""
    pages = ConsolePages.of_arn(f"arn:{partition}:sagemaker:eu-west-1:1:training-job/x")

    assert pages.sagemaker("#/jobs/x") == (
        f"https://{host}/sagemaker/home?region=eu-west-1#/jobs/x"
    )


def test_log_groups_are_encoded_as_the_console_does() -> None:
    """Twice, with `$` for `%`."""
    assert PAGES.logs("/aws/x", "job/").endswith(
        "#logsV2:log-groups/log-group/$252Faws$252Fx$3FlogStreamNameFilter$3Djob$252F"
    )


def test_only_s3_uris_have_a_page_in_s3() -> None:
    """A prefix is shown as such."""
    assert PAGES.s3("s3://b/some prefix/").endswith(
        "/s3/buckets/b?region=eu-west-1&prefix=some%20prefix/"
    )
    assert PAGES.s3("https://b/x") == ""


@pytest.mark.parametrize(
    ("kind", "request_"),
    [
        (TRAINING, {"OutputDataConfig": {"S3OutputPath": "s3://b/out"}}),
        (TRANSFORM, {"TransformOutput": {"S3OutputPath": "s3://b/out"}}),
        (
            PROCESSING,
            {"ProcessingOutputConfig": {"Outputs": [{"S3Output": {"S3Uri": "s3://b/out"}}]}},
        ),
        (
            TUNING,
            {"TrainingJobDefinition": {"OutputDataConfig": {"S3OutputPath": "s3://b/out"}}},
        ),
    ],
    ids=lambda value: getattr(value, "key", ""),
)
def test_every_kind_of_job_has_its_pages(kind: JobKind, request_: dict[str, object]) -> None:
    """A tuning job alone has no log of its own."""
    links = job_links(kind, "x", request_, PAGES)

    assert output_uri(request_) == "s3://b/out"
    assert links[CONSOLE.xcom_key].endswith("/x")
    assert "prefix=out" in links[OUTPUT.xcom_key]
    assert (LOGS.xcom_key in links) is (kind is not TUNING)
