"""An endpoint's statuses are the model's, and its description says what it serves."""

from __future__ import annotations

import pytest

from airflow_sagemaker.bodies.endpoint_states import (
    ENDPOINT_PHASES,
    EndpointPhase,
    EndpointView,
    endpoint_phase,
)
from include.local_aws.wire.service_models import service_model
from tests.unit.bodies.descriptions import CREATED, ENDPOINT, STARTED, require_answer, with_changes


def test_every_status_has_a_phase() -> None:
    """The statuses are the model's enum, no more and no fewer."""
    assert set(ENDPOINT_PHASES) == set(service_model("sagemaker").shape_for("EndpointStatus").enum)


@pytest.mark.parametrize(
    ("status", "phase", "settled"),
    [
        ("Creating", EndpointPhase.CHANGING, False),
        ("RollingBack", EndpointPhase.ROLLING_BACK, False),
        ("InService", EndpointPhase.SERVING, True),
        ("Failed", EndpointPhase.BROKEN, True),
        ("OutOfService", EndpointPhase.BROKEN, True),
        ("UpdateRollbackFailed", EndpointPhase.BROKEN, True),
        ("Deleting", EndpointPhase.DELETING, False),
        ("Contemplating", EndpointPhase.CHANGING, False),
    ],
)
def test_a_settled_endpoint_is_waited_for_no_longer(
    status: str, phase: EndpointPhase, *, settled: bool
) -> None:
    """It serves, or somebody has to act; a status nobody knows is waited out."""
    assert endpoint_phase(status) is phase
    assert phase.settled is settled


def test_a_description_becomes_a_view() -> None:
    """Config, images, weights and counts are what there is to compare with what was asked."""
    require_answer("DescribeEndpoint", ENDPOINT)

    view = EndpointView.from_description(ENDPOINT)

    assert (view.name, view.config_name) == ("ours", "ours-config-2")
    assert (view.phase, view.failure_reason) == (EndpointPhase.SERVING, None)
    assert (view.created, view.modified) == (CREATED, STARTED)
    (variant,) = view.variants
    assert (variant.name, variant.images) == ("v1", ("i@sha256:aa",))
    assert (variant.weight, variant.desired_weight) == (1.0, 1.0)
    assert (variant.instance_count, variant.desired_instance_count) == (2, 2)


def test_an_endpoint_that_never_stood_has_no_variants() -> None:
    """A failed creation is described without them."""
    failed = with_changes(
        ENDPOINT, EndpointStatus="Failed", ProductionVariants=None, FailureReason="no capacity"
    )

    view = EndpointView.from_description(failed)

    assert (view.variants, view.failure_reason) == ((), "no capacity")


def test_an_image_that_is_not_resolved_yet_does_not_count() -> None:
    """SageMaker resolves it to a digest while it deploys."""
    variants = [{"VariantName": "v1", "DeployedImages": [{"SpecifiedImage": "i:1"}]}]

    view = EndpointView.from_description(with_changes(ENDPOINT, ProductionVariants=variants))

    assert view.variants[0].images == ()
    assert view.variants[0].weight is None
