"""A restart brings every endpoint back, and finishes what was under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.local_aws import request_bodies
from tests.local_aws.account import wait_until
from tests.local_aws.serving.hosting_service import running

if TYPE_CHECKING:
    from pathlib import Path

FOREVER = 3600.0


def test_endpoints_serve_again(tmp_path: Path) -> None:
    """An endpoint is InService and answers as before, also if its model is gone by then."""
    with running(tmp_path) as service:
        model = service.make_model(factor="7")
        variants = [
            request_bodies.variant("A", model, InitialVariantWeight=0.0),
            request_bodies.variant("B", model),
        ]
        name = service.make_endpoint(service.make_config(*variants))
        before = service.describe(name)
        service.sagemaker.delete_model(ModelName=model)

    with running(tmp_path) as service:
        assert service.describe(name)["EndpointStatus"] == "InService"
        answer = service.invoke(name)
        after = service.describe(name)

    assert (answer["Body"], answer["InvokedProductionVariant"]) == (b"7.0\n", "B")
    assert after["ProductionVariants"] == before["ProductionVariants"]


def test_what_was_under_way_goes_on(tmp_path: Path) -> None:
    """Creating, Updating and Deleting are taken up where the earlier process left them."""
    with running(tmp_path) as service:
        created, updated, reweighted, deleted = (
            service.account.name(what) for what in ("create", "update", "weights", "delete")
        )
        config = service.make_config()
        for name in (updated, reweighted, deleted):
            service.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
        for name in (updated, reweighted, deleted):
            service.settled(name)

    with running(tmp_path, pause=FOREVER) as service:
        other = service.make_config(request_bodies.variant("next", service.make_model(factor="9")))
        service.sagemaker.create_endpoint(EndpointName=created, EndpointConfigName=other)
        service.sagemaker.update_endpoint(EndpointName=updated, EndpointConfigName=other)
        service.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=reweighted,
            DesiredWeightsAndCapacities=[{"VariantName": "main", "DesiredWeight": 0.5}],
        )
        service.sagemaker.delete_endpoint(EndpointName=deleted)

        statuses = {
            name: service.describe(name)["EndpointStatus"]
            for name in (created, updated, reweighted, deleted)
        }
        [variant] = service.describe(reweighted)["ProductionVariants"]
        assert service.answer(updated) == b"2.0\n"

    assert list(statuses.values()) == ["Creating", "Updating", "Updating", "Deleting"]
    assert (variant["CurrentWeight"], variant["DesiredWeight"]) == (1.0, 0.5)

    with running(tmp_path) as service:
        for name in (created, updated):
            assert service.settled(name)["EndpointStatus"] == "InService"
            assert service.answer(name) == b"9.0\n"
        [variant] = service.settled(reweighted)["ProductionVariants"]
        assert (variant["CurrentWeight"], variant["DesiredWeight"]) == (0.5, 0.5)
        assert service.answer(reweighted) == b"2.0\n"
        wait_until(lambda: service.is_gone(deleted), "the deletion")


def test_an_endpoint_that_cannot_come_back_is_out_of_service(tmp_path: Path) -> None:
    """Without its model data it is OutOfService with a reason, and can be updated."""
    with running(tmp_path) as service:
        model = service.make_model()
        config = service.make_config(request_bodies.variant("main", model))
        name = service.make_endpoint(config)
        service.store.delete("models", f"{model}/model.tar.gz")

    with running(tmp_path) as service:
        found = wait_until(
            lambda: (d := service.describe(name))["EndpointStatus"] == "OutOfService" and d,
            "the end of the service",
        )
        assert "Failed to download model data" in found["FailureReason"]
        service.sagemaker.update_endpoint(
            EndpointName=name, EndpointConfigName=service.make_config()
        )
        assert service.settled(name)["EndpointStatus"] == "InService"
        assert service.answer(name) == b"2.0\n"
