"""An answer says when it was given, by the clock of who gave it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from airflow_sagemaker.bodies.service_time import served_at

if TYPE_CHECKING:
    from tests.local_aws.account import Account


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Sat, 21 Nov 2026 08:00:01 GMT", datetime(2026, 11, 21, 8, 0, 1, tzinfo=UTC)),
        ("Sat, 21 Nov 2026 08:00:01 -0000", datetime(2026, 11, 21, 8, 0, 1, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_the_date_header_is_read(date: str | None, expected: datetime | None) -> None:
    """What is no date says nothing."""
    assert served_at({"ResponseMetadata": {"HTTPHeaders": {"date": date}}}) == expected


def test_an_answer_without_headers_says_nothing() -> None:
    """An error that is no answer has none."""
    assert served_at({}) is None


def test_aws_says_when_it_answered(account: Account) -> None:
    """Boto3 hands the header on."""
    found = served_at(account.client("sagemaker").list_training_jobs())

    assert found is not None
    assert abs(datetime.now(UTC) - found) < timedelta(minutes=1)
