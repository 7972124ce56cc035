"""Jobs fail for want of capacity, though nothing is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.local_aws.job_calls import KINDS, JobCalls

if TYPE_CHECKING:
    from tests.local_aws.account import Account
    from tests.local_aws.side_door import SideDoor


@pytest.fixture(params=KINDS, ids=lambda kind: kind.kind)
def jobs(control_plane: Account, request: pytest.FixtureRequest) -> JobCalls:
    """Jobs of each kind."""
    return JobCalls(control_plane, request.param)


def test_a_job_fails_for_want_of_capacity(jobs: JobCalls, faults: SideDoor) -> None:
    """It is created and ends Failed in AWS's words without having run; the next one runs."""
    rule = faults.add(operation=f"Create{jobs.kind.stem}", job_failure={}, calls=1)

    description = jobs.wait(jobs.create("no-room"))
    fine = jobs.create("fine")

    assert description[jobs.kind.status_field] == "Failed"
    assert description["FailureReason"] == (
        "CapacityError: Unable to provision requested ML compute capacity. "
        "Please retry using a different ML instance type."
    )
    assert jobs.kind.start_field not in description
    assert "BillableTimeInSeconds" not in description
    assert jobs.wait(fine)[jobs.kind.status_field] == "Completed"
    assert faults.hits(rule) == 1


def test_another_reason_by_name(jobs: JobCalls, faults: SideDoor) -> None:
    """A pattern picks the jobs, and the reason can be any of AWS's."""
    reason = "InternalServerError: We encountered an internal error.  Please try again."
    faults.add(name="unlucky-*", job_failure={"reason": reason})

    lucky, unlucky = jobs.create("lucky"), jobs.create("unlucky")

    assert jobs.wait(unlucky)["FailureReason"] == reason
    assert jobs.wait(lucky)[jobs.kind.status_field] == "Completed"
