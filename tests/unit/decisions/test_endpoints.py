"""An endpoint is created, updated or left, and must end on the config asked for."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_sagemaker.decisions.endpoints import next_move, require_in_service
from airflow_sagemaker.exceptions import EndpointNotUpdatedError


def endpoint(status: str, config: str, **more: Any) -> dict[str, Any]:
    """Give what DescribeEndpoint answers."""
    named = {"EndpointName": "ours", "EndpointStatus": status, "EndpointConfigName": config}
    return {**named, **more}


def test_an_endpoint_that_is_not_there_is_created() -> None:
    """The first release creates it."""
    assert next_move(None, "new") == "create"


def test_an_endpoint_on_another_config_is_updated() -> None:
    """Later releases update it."""
    assert next_move(endpoint("InService", "old"), "new") == "update"


def test_an_endpoint_on_the_config_is_left() -> None:
    """Releasing twice changes nothing."""
    assert next_move(endpoint("InService", "new"), "new") == "leave"


def test_an_endpoint_that_is_on_its_way_is_not_taken_for_settled() -> None:
    """SageMaker refuses the update then, and the task's retry comes later."""
    assert next_move(endpoint("Updating", "new"), "new") == "update"


def test_a_failed_endpoint_can_only_be_deleted() -> None:
    """SageMaker allows nothing else; the error says so."""
    failed = endpoint("Failed", "old", FailureReason="no capacity")

    with pytest.raises(EndpointNotUpdatedError, match=r"no capacity.*delete it"):
        next_move(failed, "new")


def test_the_config_asked_for_is_accepted() -> None:
    """InService on the new config is the only good end."""
    require_in_service(endpoint("InService", "new"), "new")


@pytest.mark.parametrize(
    "seen",
    [
        endpoint("InService", "old"),
        endpoint("Updating", "new"),
        endpoint("Failed", "new"),
        endpoint("UpdateRollbackFailed", "new"),
    ],
)
def test_a_rollback_is_not_a_success(seen: dict[str, Any]) -> None:
    """After a rolled-back update the endpoint is in service, on the former config."""
    with pytest.raises(EndpointNotUpdatedError, match=f"{seen['EndpointStatus']} on"):
        require_in_service(seen, "new")


def test_an_endpoint_that_vanished_is_not_a_success() -> None:
    """Somebody may delete it meanwhile."""
    with pytest.raises(EndpointNotUpdatedError, match="is gone"):
        require_in_service(None, "new")
