"""What serves a model is made once, verified by what is read back, and deleted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.bodies.endpoint_states import EndpointPhase
from airflow_sagemaker.bodies.hosting import ProductionVariant, endpoint_body, endpoint_config_body
from airflow_sagemaker.bodies.hosting_kinds import ENDPOINT, ENDPOINT_CONFIG, MODEL
from airflow_sagemaker.bodies.resources import Resources
from airflow_sagemaker.exceptions import NameTakenError, PermanentAwsError, RetryableAwsError
from airflow_sagemaker.hooks.aws_calls import AsyncTalker
from airflow_sagemaker.hooks.endpoint_truth import differences
from airflow_sagemaker.hooks.hosting import HostingHook
from airflow_sagemaker.hooks.hosting_talks import HostingTalks
from airflow_sagemaker.hooks.job_code import pack
from airflow_sagemaker.hooks.patience import Patience
from tests.local_aws.account import wait_until
from tests.local_aws.request_bodies import model as model_body
from tests.unit.hooks.conftest import ROAD
from tests.unit.hooks.faulty_road import FaultyRoad, single_attempts
from tests.unit.hooks.registry import packaged_models, register

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account

QUICK = Patience(first=0.01, most=0.05, total=20.0)
INFERENCE = """
def model_fn(model_dir):
    return "0.5"

def input_fn(body, content_type):
    return body

def predict_fn(data, model):
    return model

def output_fn(prediction, accept):
    return prediction, "text/csv"
"""


def config_of(model_name: str, name: str, weight: float = 1.0) -> dict[str, Any]:
    """Build an endpoint config's request."""
    variant = ProductionVariant(
        name="v1",
        model_name=model_name,
        resources=Resources(instance_type="ml.t2.medium"),
        weight=weight,
    )
    return endpoint_config_body(name=name, variants=(variant,))


@pytest.fixture
def hook(connection: AwsConnection) -> HostingHook:
    """Give a hook with little patience."""
    return HostingHook(connection, QUICK)


@pytest.fixture
def model(connection: AwsConnection, account: Account, bucket: str) -> str:
    """Make a model of a registry version that really serves; gives its name."""
    archive = pack({"code/inference.py": INFERENCE.encode()})
    account.client("s3").put_object(Bucket=bucket, Key="model.tar.gz", Body=archive)
    models = packaged_models(connection, account.name("model"))
    arn = register(models, "Approved", 1, f"s3://{bucket}/model.tar.gz")
    return models.ensure(models.registry().describe(arn))


@pytest.fixture
def endpoint(hook: HostingHook, model: str, account: Account) -> str:
    """Make an endpoint that serves the model with a config of the endpoint's name."""
    name = account.name("endpoint")
    hook.ensure_endpoint_config(config_of(model, name))
    assert hook.create_endpoint(endpoint_body(name=name, config_name=name))
    settle(hook, name)
    return name


def settle(hook: HostingHook, name: str) -> None:
    """Wait until nothing changes any more."""

    def settled() -> bool:
        view = hook.endpoint_view(name)
        return view is None or view.phase.settled

    wait_until(settled, f"the rest of {name}")


@pytest.mark.parametrize("kind", [MODEL, ENDPOINT_CONFIG], ids=lambda kind: kind.key)
def test_a_resource_is_made_once(
    hook: HostingHook, account: Account, model: str, kind: Any
) -> None:
    """A retry finds the one it made before; tags do not count as content."""
    name = account.name("made")
    body = {MODEL: model_body(name), ENDPOINT_CONFIG: config_of(model, name)}[kind]

    assert hook.ensure(kind, body)
    assert not hook.ensure(kind, {**body, "Tags": [{"Key": "a", "Value": "b"}]})


@pytest.mark.parametrize(
    "change",
    [
        {"PrimaryContainer": {"Image": "1.dkr.ecr.eu.amazonaws.com/b:2"}},
        {"EnableNetworkIsolation": True},
        {"VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_model_of_another_content_is_an_error(
    hook: HostingHook, account: Account, change: dict[str, Any]
) -> None:
    """A stranger's model, or an older one, is not silently taken for ours."""
    body = model_body(account.name("made"))
    hook.ensure(MODEL, body)

    with pytest.raises(NameTakenError, match=f"is there already, with other {next(iter(change))}"):
        hook.ensure(MODEL, {**body, **change})


def test_a_config_of_another_content_is_an_error(
    hook: HostingHook, account: Account, model: str
) -> None:
    """A weight that differs, deep within, is found."""
    name = account.name("made")
    hook.ensure(ENDPOINT_CONFIG, config_of(model, name))

    with pytest.raises(NameTakenError, match=f"{name} .* with other ProductionVariants"):
        hook.ensure(ENDPOINT_CONFIG, config_of(model, name, weight=0.5))


def test_a_refusal_is_not_taken_for_there_already(hook: HostingHook, account: Account) -> None:
    """A config of a model that there is not fails, with AWS's own words."""
    with pytest.raises(PermanentAwsError, match="no-such-model"):
        hook.ensure_endpoint_config(config_of("no-such-model", account.name("config")))


@pytest.mark.parametrize("kind", [MODEL, ENDPOINT_CONFIG, ENDPOINT], ids=lambda kind: kind.key)
def test_what_is_not_there_is_none(hook: HostingHook, account: Account, kind: Any) -> None:
    """The first release has to create it; to delete it again is no error."""
    name = account.name("none")

    assert hook.describe(kind, name) is None
    assert hook.endpoint_view(name) is None
    assert not hook.delete(kind, name)


@pytest.mark.parametrize("kind", [MODEL, ENDPOINT_CONFIG], ids=lambda kind: kind.key)
def test_what_is_there_is_deleted(
    hook: HostingHook, account: Account, model: str, kind: Any
) -> None:
    """Once; the second time there is none."""
    name = account.name("made")
    hook.ensure(kind, {MODEL: model_body(name), ENDPOINT_CONFIG: config_of(model, name)}[kind])

    assert [hook.delete(kind, name), hook.delete(kind, name)] == [True, False]
    assert hook.describe(kind, name) is None


def test_an_endpoint_is_verified_and_deleted(
    hook: HostingHook, endpoint: str, connection: AwsConnection
) -> None:
    """It serves what was asked for, answers, and goes; a trigger sees the same."""

    async def seen() -> tuple[str, ...]:
        async with AsyncTalker(connection) as talker:
            return await talker.hold(differences(HostingTalks(), endpoint, endpoint))

    assert hook.differences(endpoint, endpoint) == ()
    assert asyncio.run(seen()) == ()
    got = hook.invoke(endpoint=endpoint, body="1", content_type="text/csv", accept="text/csv")
    assert (got.text, got.variant) == ("0.5", "v1")

    assert hook.delete(ENDPOINT, endpoint)
    wait_until(lambda: hook.endpoint_view(endpoint) is None, f"the end of {endpoint}")
    assert hook.differences(endpoint, endpoint) == (f"endpoint {endpoint} is gone",)


def test_a_rolled_back_update_is_seen(
    hook: HostingHook, endpoint: str, account: Account, bucket: str, connection: AwsConnection
) -> None:
    """B1: in service again, on the former config, and that is named."""
    account.client("s3").put_object(Bucket=bucket, Key="x", Body=b"no archive")
    models = packaged_models(connection, account.name("broken"))
    package = models.registry().describe(register(models, "Approved", 2, f"s3://{bucket}/x"))
    config = account.name("config")
    hook.ensure_endpoint_config(config_of(models.ensure(package), config))

    hook.update_endpoint(endpoint_body(name=endpoint, config_name=config))
    settle(hook, endpoint)

    view = hook.endpoint_view(endpoint)
    assert view is not None
    assert view.phase is EndpointPhase.SERVING
    assert f"it serves {endpoint}, not {config}" in hook.differences(endpoint, config)


def test_weights_and_images_are_compared(
    hook: HostingHook, endpoint: str, account: Account, model: str
) -> None:
    """The config's name alone is not enough: somebody may have shifted the traffic since."""
    account.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=endpoint,
        DesiredWeightsAndCapacities=[{"VariantName": "v1", "DesiredWeight": 0.25}],
    )
    settle(hook, endpoint)
    stranger, config = account.name("model"), account.name("config")
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
    hook.ensure_model(model_body(stranger, PrimaryContainer={"Image": image}))
    hook.ensure_endpoint_config(config_of(stranger, config))

    assert hook.differences(endpoint, endpoint) == ("variant v1 has weight 0.25, not 1.0",)
    assert hook.differences(endpoint, endpoint, keeps_properties=True) == ()
    assert any(f"not {image}" in said for said in hook.differences(endpoint, config))
    assert hook.describe(MODEL, model) is not None


def test_an_endpoint_being_changed_is_waited_for(
    road: FaultyRoad, hook: HostingHook, endpoint: str, model: str, account: Account
) -> None:
    """AWS refuses a second change meanwhile; without patience that is retryable."""
    config = account.name("config")
    hook.ensure_endpoint_config(config_of(model, config))
    connection = single_attempts(ROAD)
    road.spoil("DeleteEndpoint", "changing")
    road.spoil("UpdateEndpoint", "changing", "throttle", times=3)

    with pytest.raises(RetryableAwsError, match=f"endpoint {endpoint} is being changed"):
        HostingHook(connection, Patience(total=0.0)).delete(ENDPOINT, endpoint)
    HostingHook(connection, QUICK).update_endpoint(endpoint_body(name=endpoint, config_name=config))
    settle(hook, endpoint)

    assert hook.differences(endpoint, config) == ()
    assert road.calls["UpdateEndpoint"] == 7


def test_a_busy_aws_is_waited_for(road: FaultyRoad, account: Account) -> None:
    """A lost answer to a Create makes no second resource, and no error."""
    body = model_body(account.name("model"))
    road.spoil("CreateModel", "throttle", "lost")

    assert not HostingHook(single_attempts(ROAD), QUICK).ensure(MODEL, body)
    assert road.calls["CreateModel"] == 3
