"""Updates that a fault rule lets fail: the endpoint stays what it was, and says so or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.local_aws.faults.rule_reading import read_rule
from tests.local_aws import request_bodies
from tests.local_aws.serving.hosting_service import HostingService, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostingService]:
    """A hosting service for the tests of this module."""
    with running(tmp_path_factory.mktemp("state")) as service:
        yield service


def strike(service: HostingService, **rule: Any) -> None:
    """Put the only rule in force; it strikes once."""
    service.rulebook.remove()
    service.rulebook.add([read_rule({"calls": 1, **rule})])


def update(service: HostingService, name: str, config: str) -> dict[str, Any]:
    """Update an endpoint; return its description at rest."""
    service.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    return service.settled(name)


def test_a_silent_rollback(service: HostingService) -> None:
    """It ends InService on the former config without a word; the next update goes through."""
    former = service.make_config()
    following = service.make_config(
        request_bodies.variant("next", service.make_model(factor="5"), InitialVariantWeight=2.0)
    )
    name = service.make_endpoint(former)
    strike(service, endpoint_update="rolled_back", name=name)

    found = update(service, name, following)

    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", former)
    assert [v["VariantName"] for v in found["ProductionVariants"]] == ["main"]
    assert "FailureReason" not in found
    assert "PendingDeploymentSummary" not in found
    assert service.answer(name) == b"2.0\n"
    assert update(service, name, following)["EndpointConfigName"] == following
    assert service.answer(name) == b"5.0\n"


def test_a_rollback_with_a_reason(service: HostingService) -> None:
    """The reason is described, until the next update begins."""
    config = service.make_config()
    name = service.make_endpoint(config)
    strike(service, endpoint_update="rolled_back", reason="the ping failed")

    found = update(service, name, service.make_config())

    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", config)
    assert found["FailureReason"] == "the ping failed"
    assert "FailureReason" not in update(service, name, config)


def test_a_rollback_that_fails(service: HostingService) -> None:
    """It ends UpdateRollbackFailed, still answers, and can be updated again."""
    former, following = service.make_config(), service.make_config()
    name = service.make_endpoint(former)
    strike(service, endpoint_update="rollback_failed")

    found = update(service, name, following)

    assert (found["EndpointStatus"], found["EndpointConfigName"]) == (
        "UpdateRollbackFailed",
        former,
    )
    assert found["FailureReason"]
    assert service.answer(name) == b"2.0\n"
    again = update(service, name, following)
    assert (again["EndpointStatus"], again["EndpointConfigName"]) == ("InService", following)


def test_weights_are_rolled_back(service: HostingService) -> None:
    """A change of weights that fails leaves them as they were."""
    name = service.make_endpoint(service.make_config())
    strike(service, endpoint_update="rolled_back", operation="UpdateEndpointWeightsAndCapacities")
    weights = [{"VariantName": "main", "DesiredWeight": 0.5}]

    service.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name, DesiredWeightsAndCapacities=weights
    )
    (variant,) = service.settled(name)["ProductionVariants"]

    assert (variant["CurrentWeight"], variant["DesiredWeight"]) == (1.0, 1.0)


def test_a_restart_leaves_a_failed_rollback_as_it_is(tmp_path: Path) -> None:
    """The endpoint answers again, and is still UpdateRollbackFailed."""
    with running(tmp_path) as service:
        name = service.make_endpoint(service.make_config())
        strike(service, endpoint_update="rollback_failed")
        update(service, name, service.make_config())

    with running(tmp_path) as service:
        assert service.answer(name) == b"2.0\n"
        assert service.describe(name)["EndpointStatus"] == "UpdateRollbackFailed"
