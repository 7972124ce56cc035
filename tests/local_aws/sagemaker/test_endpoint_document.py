"""What happens to an endpoint's description when an update comes to nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from include.local_aws.sagemaker import endpoint_document as document

START = datetime(2026, 1, 1, tzinfo=UTC)


def changing() -> dict[str, Any]:
    """Return an endpoint whose weights are to change."""
    description: dict[str, Any] = {
        "EndpointStatus": "InService",
        "ProductionVariants": [
            {"VariantName": "a", "CurrentWeight": 1.0, "DesiredWeight": 1.0},
            {
                "VariantName": "b",
                "CurrentWeight": 0.0,
                "DesiredWeight": 0.0,
                "CurrentInstanceCount": 1,
                "DesiredInstanceCount": 1,
            },
        ],
    }
    document.set_desired(
        description, {"b": {"DesiredWeight": 2.0, "DesiredInstanceCount": 3}}, START
    )
    return description


def test_a_change_of_weights_is_undone_while_it_rolls_back() -> None:
    """The status says so, and what is wanted is what there is."""
    description = changing()

    document.rolling_back(description, START + timedelta(seconds=1))

    assert description["EndpointStatus"] == "RollingBack"
    assert description["LastModifiedTime"] == START + timedelta(seconds=1)
    assert description["EndpointStatus"] in document.IN_PROGRESS
    assert description["ProductionVariants"][1] == {
        "VariantName": "b",
        "CurrentWeight": 0.0,
        "DesiredWeight": 0.0,
        "CurrentInstanceCount": 1,
        "DesiredInstanceCount": 1,
    }


def test_a_rollback_has_a_reason_only_if_one_is_given() -> None:
    """It is cut where AWS cuts it."""
    silent, loud = changing(), changing()

    document.roll_back(silent, "InService", None, START)
    document.roll_back(loud, "UpdateRollbackFailed", "x" * 2000, START)

    assert "FailureReason" not in silent
    assert (loud["EndpointStatus"], len(loud["FailureReason"])) == ("UpdateRollbackFailed", 1024)
