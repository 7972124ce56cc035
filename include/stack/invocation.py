"""Ask the endpoint from outside, as an application would: with boto3 and a few rows."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.stack.aws_client import aws_client
from include.stack.errors import SceneFailedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

LABEL, FLIGHT, FEATURES = 0, 1, slice(2, None)  # columns of a features partition


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the endpoint said about a flight, and what happened."""

    flight: str
    probability: float
    arrived_late: bool
    variant: str


def serving_endpoint(aws_url: str, *, namespace: str) -> str:
    """Return the installation's endpoint that is in service.

    :raises SceneFailedError: if there is none.
    """
    listed = aws_client("sagemaker", aws_url).list_endpoints(
        NameContains=namespace, StatusEquals="InService"
    )["Endpoints"]
    if not listed:
        raise SceneFailedError(f"no endpoint of {namespace} is in service after the release")
    return str(listed[0]["EndpointName"])


def flights_of(aws_url: str, *, bucket: str, prefix: str, day: date) -> list[list[str]]:
    """Return the rows of a day's features whose outcome is known."""
    s3 = aws_client("s3", aws_url)
    folder = f"{prefix}/date={day.isoformat()}/"
    rows = []
    for item in s3.list_objects_v2(Bucket=bucket, Prefix=folder)["Contents"]:
        text = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read().decode()
        rows += [row for row in csv.reader(io.StringIO(text)) if row[LABEL]]
    return rows


def spread(rows: Sequence[list[str]], *, of_each: int) -> list[list[str]]:
    """Pick as many flights that arrived late as flights that did not, spread over the day."""
    picked = []
    for late in (False, True):
        group = [row for row in rows if arrived_late(row) is late]
        count = min(of_each, len(group))
        picked += [group[len(group) * (2 * n + 1) // (2 * count)] for n in range(count)]
    return picked


def arrived_late(row: Sequence[str]) -> bool:
    """Tell a flight's outcome."""
    return float(row[LABEL]) > 0


def invoke(aws_url: str, *, endpoint: str, rows: Sequence[Sequence[str]]) -> list[Answer]:
    """Send the rows' features in one request and return an answer for each.

    :raises SceneFailedError: if there are not as many answers, or one is no probability.
    """
    body = io.StringIO()
    csv.writer(body, lineterminator="\n").writerows(row[FEATURES] for row in rows)
    response = aws_client("sagemaker-runtime", aws_url).invoke_endpoint(
        EndpointName=endpoint, ContentType="text/csv", Accept="text/csv", Body=body.getvalue()
    )
    return read_answers(response["Body"].read().decode(), response, rows)


def read_answers(
    text: str, response: dict[str, Any], rows: Sequence[Sequence[str]]
) -> list[Answer]:
    """Put the lines of an answer beside the rows that were asked about."""
    lines = text.split()
    if len(lines) != len(rows):
        raise SceneFailedError(f"the endpoint answered {len(rows)} rows with {text!r}")
    answers = [
        Answer(
            flight=row[FLIGHT],
            probability=float(line),
            arrived_late=arrived_late(row),
            variant=response["InvokedProductionVariant"],
        )
        for row, line in zip(rows, lines, strict=True)
    ]
    if not all(0 < answer.probability < 1 for answer in answers):
        raise SceneFailedError(f"the endpoint's answers are no probabilities: {lines}")
    return answers
