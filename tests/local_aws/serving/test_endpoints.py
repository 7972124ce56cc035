"""Endpoints live as on AWS, from creation to deletion, with real servers behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.local_aws import request_bodies
from tests.local_aws.account import wait_until
from tests.local_aws.serving.hosting_service import HostingService, refusal, running
from tests.local_aws.serving.model_archives import BROKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "123456789012"
ARN = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostingService]:
    """A hosting service for the tests of this module."""
    with running(tmp_path_factory.mktemp("state")) as service:
        yield service


def test_an_endpoint_comes_into_service(service: HostingService) -> None:
    """Creating shows the pending deployment, InService the variants; then it answers."""
    gate = service.account.name("gate")
    config = service.make_config(
        request_bodies.variant(
            "A", service.make_model(), InitialVariantWeight=0.0, InitialInstanceCount=2
        ),
        request_bodies.variant("B", service.gated_model(gate, factor="3")),
    )
    name = service.account.name("Endpoint")
    created = service.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    pending = service.describe(name)
    service.open_gate(gate)
    found = service.settled(name)

    assert created["EndpointArn"] == found["EndpointArn"] == f"{ARN}:endpoint/{name.lower()}"
    assert pending["EndpointStatus"] == "Creating"
    assert "ProductionVariants" not in pending
    summary = pending["PendingDeploymentSummary"]
    assert summary["EndpointConfigName"] == config
    assert [v["VariantName"] for v in summary["ProductionVariants"]] == ["A", "B"]
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", config)
    assert "PendingDeploymentSummary" not in found
    first, second = found["ProductionVariants"]
    assert (first["CurrentWeight"], first["DesiredWeight"]) == (0.0, 0.0)
    assert (first["CurrentInstanceCount"], first["DesiredInstanceCount"]) == (2, 2)
    assert second["CurrentWeight"] == 1.0
    assert first["DeployedImages"][0]["SpecifiedImage"].endswith("python:3.11")
    assert service.answer(name) == b"3.0\n"


def test_containers_write_to_the_endpoint_s_log(service: HostingService) -> None:
    """What a container prints is in the endpoint's log group, in a stream of its variant."""
    name = service.make_endpoint(service.make_config())

    group = f"/aws/sagemaker/Endpoints/{name}"
    wait_until(lambda: "Model loaded" in service.logs.of(group, "main/i-"), "the log")


def test_a_model_that_does_not_load_fails_the_endpoint(service: HostingService) -> None:
    """A failing ping makes a new endpoint Failed with AWS's reason; it can only be deleted."""
    config = service.make_config(request_bodies.variant("A", service.make_model(BROKEN)))
    name = service.make_endpoint(config)

    found = service.describe(name)
    assert found["EndpointStatus"] == "Failed"
    assert found["FailureReason"].startswith(
        "The primary container for production variant A did not pass the ping health check. "
        "Please check CloudWatch logs for this endpoint."
    )
    assert "the model is broken" in found["FailureReason"]
    code, message = refusal(
        service.sagemaker.update_endpoint, EndpointName=name, EndpointConfigName=config
    )
    assert (code, "failed endpoint" in message) == ("ValidationException", True)
    service.sagemaker.delete_endpoint(EndpointName=name)
    wait_until(lambda: service.is_gone(name), "the deletion")


def test_an_image_without_runtime_fails_the_endpoint_with_what_to_do(
    service: HostingService,
) -> None:
    """The FailureReason tells how to add a runtime for the image."""
    model = service.account.name("model")
    service.sagemaker.create_model(
        ModelName=model,
        PrimaryContainer={"Image": "somebody/unknown:1"},
        ExecutionRoleArn=request_bodies.ROLE,
    )
    name = service.make_endpoint(service.make_config(request_bodies.variant("A", model)))

    assert (
        "no local runtime for the image somebody/unknown:1"
        in service.describe(name)["FailureReason"]
    )


def test_an_update_moves_the_traffic_in_one_step(service: HostingService) -> None:
    """The old servers answer until the new ones are ready; no invocation fails meanwhile."""
    gate = service.account.name("gate")
    name = service.make_endpoint(service.make_config())
    following = service.make_config(
        request_bodies.variant("next", service.gated_model(gate, factor="5"))
    )

    service.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=following)
    updating = service.describe(name)
    answers = [service.answer(name)]
    service.open_gate(gate)
    while service.describe(name)["EndpointStatus"] == "Updating":
        answers.append(service.answer(name))
    answers.append(service.answer(name))

    assert updating["EndpointStatus"] == "Updating"
    assert updating["PendingDeploymentSummary"]["EndpointConfigName"] == following
    assert [v["VariantName"] for v in updating["ProductionVariants"]] == ["main"]
    assert answers == sorted(answers)
    assert (answers[0], answers[-1]) == (b"2.0\n", b"5.0\n")
    found = service.describe(name)
    assert found["EndpointConfigName"] == following
    assert [v["VariantName"] for v in found["ProductionVariants"]] == ["next"]
    assert "FailureReason" not in found


def test_an_update_to_a_broken_model_stays_on_the_old_one(service: HostingService) -> None:
    """The endpoint goes back InService on its old configuration, with a FailureReason."""
    config = service.make_config()
    name = service.make_endpoint(config)
    broken = service.make_config(request_bodies.variant("B", service.make_model(BROKEN)))

    service.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=broken)
    found = service.settled(name)

    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", config)
    assert "production variant B did not pass the ping health check" in found["FailureReason"]
    assert "PendingDeploymentSummary" not in found
    assert service.answer(name) == b"2.0\n"
    service.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    assert "FailureReason" not in service.settled(name)


def test_an_update_can_keep_weights_and_counts(service: HostingService) -> None:
    """RetainAllVariantProperties keeps what is not excluded, for variants of the same name."""
    model = service.make_model()
    config = service.make_config(
        request_bodies.variant("A", model), request_bodies.variant("B", model)
    )
    name = service.make_endpoint(config)
    service.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name,
        DesiredWeightsAndCapacities=[
            {"VariantName": "A", "DesiredWeight": 7.0, "DesiredInstanceCount": 3}
        ],
    )
    service.settled(name)

    def update(**more: Any) -> tuple[float, int]:
        service.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config, **more)
        first = service.settled(name)["ProductionVariants"][0]
        return first["CurrentWeight"], first["CurrentInstanceCount"]

    excluded = [{"VariantPropertyType": "DesiredWeight"}]
    assert update(RetainAllVariantProperties=True) == (7.0, 3)
    assert update(RetainAllVariantProperties=True, ExcludeRetainedVariantProperties=excluded) == (
        1.0,
        3,
    )
    assert update() == (1.0, 1)


def test_new_weights_take_effect(service: HostingService) -> None:
    """UpdateEndpointWeightsAndCapacities changes what it names; a weight of 0 stays 0."""
    name = service.make_endpoint(service.make_config())

    response = service.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name,
        DesiredWeightsAndCapacities=[{"VariantName": "main", "DesiredWeight": 0.0}],
    )
    found = service.settled(name)

    assert response["EndpointArn"] == found["EndpointArn"]
    [variant] = found["ProductionVariants"]
    assert (variant["CurrentWeight"], variant["DesiredWeight"]) == (0.0, 0.0)
    assert variant["CurrentInstanceCount"] == 1


def test_weights_of_unknown_variants_are_refused(service: HostingService) -> None:
    """An unknown variant, or one named twice, changes nothing."""
    name = service.make_endpoint(service.make_config())
    call = service.sagemaker.update_endpoint_weights_and_capacities

    unknown = [{"VariantName": "gone", "DesiredWeight": 1.0}]
    code, message = refusal(call, EndpointName=name, DesiredWeightsAndCapacities=unknown)
    assert code == "ValidationException"
    assert 'variant name(s) "gone" is/are not present' in message
    twice = [{"VariantName": "main", "DesiredWeight": 1.0}] * 2
    code, message = refusal(call, EndpointName=name, DesiredWeightsAndCapacities=twice)
    assert (code, "non-unique" in message) == ("ValidationException", True)
    assert service.describe(name)["EndpointStatus"] == "InService"


def test_nothing_is_changed_while_a_change_is_under_way(service: HostingService) -> None:
    """Update, weights and delete are refused while Creating or Updating, in AWS's words."""
    gates = [service.account.name("gate") for _ in range(2)]
    first, second = (
        service.make_config(request_bodies.variant("main", service.gated_model(gate)))
        for gate in gates
    )
    name = service.account.name("endpoint")

    service.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=first)
    assert in_progress_refusals(service, name, first) == refused_three_times(name)
    service.open_gate(gates[0])
    assert service.settled(name)["EndpointStatus"] == "InService"

    service.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=second)
    assert in_progress_refusals(service, name, second) == refused_three_times(name)
    service.open_gate(gates[1])
    assert service.settled(name)["EndpointConfigName"] == second


def in_progress_refusals(service: HostingService, name: str, config: str) -> list[tuple[str, str]]:
    """Return how update, new weights and deletion of an endpoint are refused."""
    client, weights = service.sagemaker, [{"VariantName": "main", "DesiredWeight": 1.0}]
    return [
        refusal(client.update_endpoint, EndpointName=name, EndpointConfigName=config),
        refusal(
            client.update_endpoint_weights_and_capacities,
            EndpointName=name,
            DesiredWeightsAndCapacities=weights,
        ),
        refusal(client.delete_endpoint, EndpointName=name),
    ]


def refused_three_times(name: str) -> list[tuple[str, str]]:
    """Return AWS's answer to changes of an endpoint in progress."""
    message = f'Cannot update in-progress endpoint "{ARN}:endpoint/{name}".'
    return [("ValidationException", message)] * 3


def test_a_deleted_endpoint_is_gone_and_its_name_free(service: HostingService) -> None:
    """Deleted it is unknown, and the same name can be used again."""
    config = service.make_config()
    name = service.make_endpoint(config)

    service.sagemaker.delete_endpoint(EndpointName=name)
    wait_until(lambda: service.is_gone(name), "the deletion")

    service.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    assert service.settled(name)["EndpointStatus"] == "InService"


def test_names_that_are_taken_or_unknown(service: HostingService) -> None:
    """The errors are AWS's, with the ARN."""
    config = service.make_config()
    name = service.make_endpoint(config)
    client = service.sagemaker
    gone = f'Could not find endpoint "{ARN}:endpoint/gone".'
    no_config = f'Could not find endpoint configuration "{ARN}:endpoint-config/gone".'

    assert refusal(client.create_endpoint, EndpointName=name, EndpointConfigName=config) == (
        "ValidationException",
        f'Cannot create already existing endpoint "{ARN}:endpoint/{name.lower()}".',
    )
    assert refusal(client.describe_endpoint, EndpointName="gone")[1] == gone
    assert refusal(client.delete_endpoint, EndpointName="gone")[1] == gone
    assert (
        refusal(client.update_endpoint, EndpointName="gone", EndpointConfigName=config)[1] == gone
    )
    assert (
        refusal(client.update_endpoint, EndpointName=name, EndpointConfigName="gone")[1]
        == no_config
    )
    assert (
        refusal(client.create_endpoint, EndpointName="new", EndpointConfigName="gone")[1]
        == no_config
    )


def test_a_config_whose_model_was_deleted_cannot_be_deployed(service: HostingService) -> None:
    """The error names the model; an endpoint that runs it is not touched by its deletion."""
    model = service.make_model()
    config = service.make_config(request_bodies.variant("main", model))
    name = service.make_endpoint(config)
    service.sagemaker.delete_model(ModelName=model)

    code, message = refusal(
        service.sagemaker.create_endpoint, EndpointName="new", EndpointConfigName=config
    )

    assert (code, f":model/{model}" in message) == ("ValidationException", True)
    assert service.answer(name) == b"2.0\n"


@pytest.mark.parametrize(
    "deployment",
    [
        {
            "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": {
                    "Type": "CANARY",
                    "WaitIntervalInSeconds": 60,
                    "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10},
                }
            }
        },
        {
            "RollingUpdatePolicy": {
                "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 10},
                "WaitIntervalInSeconds": 60,
            }
        },
        {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}},
    ],
)
def test_ways_of_deploying_that_are_not_implemented_are_refused(
    service: HostingService, deployment: dict[str, Any]
) -> None:
    """What would silently happen all at once is refused, before anything changes."""
    config = service.make_config()
    name = service.make_endpoint(config)

    code, message = refusal(
        service.sagemaker.update_endpoint,
        EndpointName=name,
        EndpointConfigName=config,
        DeploymentConfig=deployment,
    )

    assert (code, "embedded AWS" in message) == ("ValidationException", True)
    assert service.describe(name)["EndpointStatus"] == "InService"


def test_an_all_at_once_policy_is_kept(service: HostingService) -> None:
    """A blue/green policy that shifts all at once is followed and described."""
    config = service.make_config()
    name = service.make_endpoint(config)
    policy = {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
            "TerminationWaitInSeconds": 1,
        }
    }

    service.sagemaker.update_endpoint(
        EndpointName=name, EndpointConfigName=config, DeploymentConfig=policy
    )

    assert service.settled(name)["LastDeploymentConfig"] == policy


def test_data_capture_is_described_as_stopped(service: HostingService) -> None:
    """Traffic is not captured, and the description does not pretend it is."""
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 50,
        "DestinationS3Uri": "s3://bucket/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    name = service.make_endpoint(service.make_config(DataCaptureConfig=capture))

    found = service.describe(name)["DataCaptureConfig"]
    assert (found["EnableCapture"], found["CaptureStatus"]) == (True, "Stopped")
    assert found["CurrentSamplingPercentage"] == 50


def test_endpoints_are_listed(service: HostingService) -> None:
    """Listing filters by name and status, sorts and pages."""
    config = service.make_config()
    names = sorted(f"listed-{service.account.name(str(number))}" for number in range(3))
    for name in names:
        service.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    for name in names:
        service.settled(name)

    def listed(**more: Any) -> list[str]:
        pages = service.sagemaker.get_paginator("list_endpoints").paginate(
            NameContains="listed-", PaginationConfig={"PageSize": 2}, **more
        )
        return [found["EndpointName"] for page in pages for found in page["Endpoints"]]

    assert listed(SortBy="Name", SortOrder="Ascending") == names
    assert listed() == names[::-1]
    assert sorted(listed(StatusEquals="InService")) == names
    assert listed(StatusEquals="Failed") == []


def test_endpoints_have_tags(service: HostingService) -> None:
    """Tags given at creation are listed, and gone with the endpoint."""
    tags = [{"Key": "team", "Value": "flights"}]
    name = service.make_endpoint(service.make_config(), Tags=tags)
    endpoint_arn = service.describe(name)["EndpointArn"]

    assert service.sagemaker.list_tags(ResourceArn=endpoint_arn)["Tags"] == tags
    service.sagemaker.delete_endpoint(EndpointName=name)
    wait_until(lambda: service.is_gone(name), "the deletion")
    assert (
        refusal(service.sagemaker.list_tags, ResourceArn=endpoint_arn)[0] == "ValidationException"
    )
