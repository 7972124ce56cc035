"""InvokeEndpoint routes by weight, names the variant, and passes a container's errors on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from tests.local_aws import request_bodies
from tests.local_aws.serving.hosting_service import HostingService, refusal, running, seeded
from tests.local_aws.serving.model_archives import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMIT = 6_291_456


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostingService]:
    """A hosting service for the tests of this module."""
    with running(tmp_path_factory.mktemp("state")) as service:
        yield service


@pytest.fixture(scope="module")
def single(service: HostingService) -> str:
    """An endpoint of one variant, `main`, that doubles numbers."""
    return service.make_endpoint(service.make_config())


@pytest.fixture(scope="module")
def split(service: HostingService) -> str:
    """An endpoint of variants A, B and C with the weights 3, 1 and 0."""
    model = service.make_model()
    variants = [
        request_bodies.variant(name, model, InitialVariantWeight=weight)
        for name, weight in (("A", 3.0), ("B", 1.0), ("C", 0.0))
    ]
    return service.make_endpoint(service.make_config(*variants))


def invoked_variant(service: HostingService, name: str, **more: Any) -> str:
    """Invoke an endpoint; return the variant that answered."""
    variant: str = service.invoke(name, **more)["InvokedProductionVariant"]
    return variant


def set_weights(service: HostingService, name: str, **weights: float) -> None:
    """Change weights and wait until they are in force."""
    service.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name,
        DesiredWeightsAndCapacities=[
            {"VariantName": variant, "DesiredWeight": weight} for variant, weight in weights.items()
        ],
    )
    service.settled(name)


def test_an_answer_has_body_type_and_variant(service: HostingService, single: str) -> None:
    """The response carries what the container answered and which variant it was."""
    answer = service.invoke(single, "1\n2\n")

    assert answer["Body"] == b"2.0\n4.0\n"
    assert answer["ContentType"] == "text/csv"
    assert answer["InvokedProductionVariant"] == "main"
    assert "CustomAttributes" not in answer


def test_custom_attributes_are_the_model_s_to_answer(service: HostingService, single: str) -> None:
    """They reach the container; the response has what the container set, not an echo."""
    answer = service.invoke(single, CustomAttributes="trace=1", InferenceId="id-1")

    assert answer["CustomAttributes"] == "seen trace=1"


def test_variants_are_drawn_by_weight(tmp_path_factory: pytest.TempPathFactory) -> None:
    """With a seed the sequence of variants is that of a weighted draw; weight 0 gets nothing."""
    with running(tmp_path_factory.mktemp("seeded")) as service:
        model = service.make_model()
        variants = [
            request_bodies.variant(name, model, InitialVariantWeight=weight)
            for name, weight in (("A", 3.0), ("B", 1.0), ("C", 0.0))
        ]
        name = service.make_endpoint(service.make_config(*variants))
        drawn = [invoked_variant(service, name) for _ in range(200)]

    expected = seeded()
    assert drawn == [expected.choices(["A", "B"], [3.0, 1.0])[0] for _ in range(200)]
    assert 130 <= drawn.count("A") <= 170


def test_new_weights_move_the_traffic(service: HostingService, split: str) -> None:
    """Once the endpoint is InService again, requests follow the new weights alone."""
    set_weights(service, split, A=0.0, B=0.0, C=0.5)
    assert {invoked_variant(service, split) for _ in range(20)} == {"C"}
    set_weights(service, split, A=1.0, C=0.0)
    assert {invoked_variant(service, split) for _ in range(20)} == {"A"}


def test_a_target_variant_is_invoked_whatever_its_weight(
    service: HostingService, split: str
) -> None:
    """TargetVariant overrides the weights, also a weight of 0; an unknown one is an error."""
    set_weights(service, split, A=1.0, B=0.0, C=0.0)

    assert {invoked_variant(service, split, TargetVariant="B") for _ in range(5)} == {"B"}
    code, message = refusal(service.invoke, name=split, TargetVariant="gone")
    assert (code, "no variant gone" in message) == ("ValidationError", True)


def test_without_any_weight_there_is_no_one_to_ask(service: HostingService, split: str) -> None:
    """If all weights are 0 only TargetVariant is answered."""
    set_weights(service, split, A=0.0, B=0.0, C=0.0)

    code, message = refusal(service.invoke, name=split)
    assert (code, "weight 0" in message) == ("ValidationError", True)
    assert invoked_variant(service, split, TargetVariant="A") == "A"


@pytest.mark.parametrize(
    ("body", "error", "original"),
    [
        ("bad row", "client error (422)", "not a number: bad row"),
        ("-1", "server error (500)", "no negative numbers"),
        ("crash", "server error (0)", "could not get a response"),
    ],
)
def test_a_container_s_error_is_a_model_error(
    service: HostingService, single: str, body: str, error: str, original: str
) -> None:
    """A ModelError has status 424, the container's status and message, and where the log is."""
    with pytest.raises(service.runtime.exceptions.ModelError) as caught:
        service.invoke(single, body)

    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert f"({response['OriginalStatusCode']})" in error
    assert original in response["OriginalMessage"]
    assert response["LogStreamArn"] == (
        f"arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/{single}"
    )
    message = response["Error"]["Message"]
    assert message.startswith(f"Received {error} from primary with message ")
    assert f"logEventViewer:group=/aws/sagemaker/Endpoints/{single}" in message
    assert service.answer(single) == b"2.0\n"


def test_a_container_that_does_not_answer_is_a_model_error(tmp_path: Path) -> None:
    """After the time AWS gives a container the caller hears of it, in AWS's words."""
    with running(tmp_path, timeout=1.0) as service:
        name = service.make_endpoint(service.make_config())
        code, message = refusal(service.invoke, name=name, body="sleep,600")

    assert code == "ModelError"
    assert message.startswith(
        'Received server error (0) from primary with message "Your invocation timed out while '
        "waiting for a response from container primary."
    )


def test_an_endpoint_that_is_not_there_is_an_error(service: HostingService) -> None:
    """An unknown endpoint is a ValidationError in AWS's words."""
    assert refusal(service.invoke, name="gone") == (
        "ValidationError",
        "Endpoint gone of account 123456789012 not found.",
    )


def test_an_endpoint_that_is_not_ready_is_an_error(service: HostingService) -> None:
    """While Creating, an invocation is refused at once."""
    gate = service.account.name("gate")
    config = service.make_config(request_bodies.variant("main", service.gated_model(gate)))
    name = service.account.name("endpoint")
    service.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)

    assert refusal(service.invoke, name=name)[0] == "ValidationError"
    service.open_gate(gate)
    service.settled(name)
    assert service.answer(name) == b"2.0\n"


def test_bodies_have_a_limit(service: HostingService) -> None:
    """A body of 6,291,456 bytes passes, one byte more is refused with 413."""
    config = service.make_config(request_bodies.variant("main", service.make_model(WHOLE)))
    name = service.make_endpoint(config)

    answer = service.invoke(name, b"ab" * (LIMIT // 2), ContentType="x/y")
    assert answer["Body"] == b"ba" * (LIMIT // 2)
    with pytest.raises(ClientError) as caught:
        service.invoke(name, b"a" * (LIMIT + 1), ContentType="x/y")
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_a_header_that_does_not_fit_the_model_is_refused(
    service: HostingService, single: str
) -> None:
    """Lengths and patterns of headers are checked as botocore's model has them."""
    code, message = refusal(service.invoke, name=single, TargetVariant="not_a_name")
    assert (code, "targetVariant" in message) == ("ValidationError", True)
    code, message = refusal(service.invoke, name=single, CustomAttributes="x" * 1025)
    assert (code, "1024" in message) == ("ValidationError", True)


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("invoke_endpoint_async", {"InputLocation": "s3://bucket/key"}),
        ("invoke_endpoint_with_response_stream", {"Body": b"1"}),
    ],
)
def test_operations_that_are_not_implemented_are_named(
    service: HostingService, single: str, operation: str, more: dict[str, Any]
) -> None:
    """The other operations answer an error of status 400 that names them."""
    call = getattr(service.runtime, operation)
    with pytest.raises(ClientError) as caught:
        call(EndpointName=single, **more)

    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "is not implemented by the embedded AWS" in response["Error"]["Message"]
    assert operation.replace("_", "") in response["Error"]["Message"].lower().replace(" ", "")


def test_parameters_that_would_be_ignored_are_refused(service: HostingService, single: str) -> None:
    """What only multi-model endpoints and inference components know is not passed over."""
    code, message = refusal(service.invoke, name=single, TargetModel="m.tar.gz")
    assert (code, "TargetModel" in message) == ("ValidationError", True)


def test_an_unsigned_caller_is_answered_too(service: HostingService, single: str) -> None:
    """A plain HTTP client needs no signature."""
    url = f"{service.account.endpoint_url}/endpoints/{single}/invocations"
    request = Request(url, data=b"1", headers={"Content-Type": "text/csv"})  # noqa: S310 - loopback

    with urlopen(request) as response:  # noqa: S310
        assert response.headers["x-Amzn-Invoked-Production-Variant"] == "main"
        assert response.read() == b"[2.0]"
