"""An AWS connection makes clients when it is asked, and no sooner; all of them alike."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.exceptions import PermanentAwsError
from airflow_sagemaker.hooks.connection import AwsConnection
from tests.unit.hooks.faulty_road import airflow_connection

if TYPE_CHECKING:
    from tests.local_aws.account import Account

PLUGINS = Path(__file__).parents[3] / "plugins"
SERVICES = ("sagemaker", "logs", "s3", "sagemaker-runtime", "secretsmanager", "ssm")


@pytest.fixture
def particular(account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AwsConnection:
    """Give a connection of another region, with a CA bundle and a configuration of its own."""
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes(Path(pytest.importorskip("certifi").where()).read_bytes())
    document = airflow_connection(account.endpoint_url, config_kwargs={"read_timeout": 7})
    monkeypatch.setenv("AIRFLOW_CONN_PARTICULAR", document)
    return AwsConnection(
        conn_id="particular",
        region="eu-west-1",
        verify=str(bundle),
        botocore_config={"read_timeout": 11},
    )


async def async_clients(connection: AwsConnection, service: str) -> Any:
    """Give what a client of aiobotocore was made with."""
    async with connection.async_client(service) as client:
        return client.meta.region_name, client.meta.config, client._endpoint.http_session


def test_clients_go_where_the_connection_says(connection: AwsConnection) -> None:
    """Endpoint and region are the connection's, and a client is made once."""
    client = connection.client("sagemaker")

    assert client.meta.endpoint_url.startswith("http://127.0.0.1:")
    assert client.meta.region_name == "us-east-1"
    assert connection.region_in_force == "us-east-1"
    assert connection.client("sagemaker") is client


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_gets_region_verification_and_configuration(
    particular: AwsConnection, service: str
) -> None:
    """B10: logs and S3 too, with boto3 and with aiobotocore."""
    client = particular.client(service)
    region, config, session = asyncio.run(async_clients(particular, service))

    assert (client.meta.region_name, region) == ("eu-west-1", "eu-west-1")
    assert (client.meta.config.read_timeout, config.read_timeout) == (11, 11)
    assert client._endpoint.http_session._verify == particular.verify
    assert session._verify == particular.verify


def test_the_connections_own_configuration_holds_without_another(
    particular: AwsConnection,
) -> None:
    """What is not configured anywhere is set for sharing and for little load on a busy AWS."""
    plain = AwsConnection(conn_id=particular.conn_id)
    config = plain.client("sagemaker").meta.config

    assert config.read_timeout == 7
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    assert plain.region_in_force == "us-east-1"


def test_botocores_own_variables_are_heeded(
    connection: AwsConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who set the retries for the whole machine meant them."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")

    assert connection.client("sagemaker").meta.config.retries["total_max_attempts"] == 2


def test_tasks_may_use_different_connections(
    connection: AwsConnection, particular: AwsConnection
) -> None:
    """Side by side in one process, in one event loop."""

    async def both() -> list[str]:
        async with (
            connection.async_client("sagemaker") as one,
            particular.async_client("sagemaker") as other,
        ):
            return [one.meta.region_name, other.meta.region_name]

    assert asyncio.run(both()) == ["us-east-1", "eu-west-1"]


def test_a_configuration_is_not_written_into(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B16: botocore would; the connection would be another one from then on."""
    monkeypatch.setenv("AIRFLOW_CONN_PLAIN", airflow_connection(account.endpoint_url))
    config = {"retries": {"max_attempts": 1}}
    connection = AwsConnection(conn_id="plain", botocore_config=config)
    before = connection.to_dict()

    connection.client("sagemaker")
    asyncio.run(async_clients(connection, "sagemaker"))

    assert connection.to_dict() == before
    assert config == {"retries": {"max_attempts": 1}}


def test_a_connection_that_is_not_there_is_an_error() -> None:
    """The amazon provider goes on with the worker's credentials: perhaps another account's."""
    with pytest.raises(PermanentAwsError, match="no Airflow connection mistyped"):
        AwsConnection(conn_id="mistyped", region="us-east-1").client("sagemaker")


@pytest.mark.parametrize("conn_id", [None, "aws_default"])
def test_without_a_connection_the_machines_credentials_are_meant(
    conn_id: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On an instance or a pod with a role there is none to write down."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-machine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    client = AwsConnection(conn_id=conn_id, region="eu-west-1").client("sagemaker")

    assert client.meta.region_name == "eu-west-1"
    assert client._request_signer._credentials.access_key == "of-the-machine"


def test_copies_hold_no_clients(particular: AwsConnection) -> None:
    """Airflow copies and serialises operators; a trigger is made from JSON."""
    particular.client("sagemaker")

    through_json = AwsConnection.from_dict(json.loads(json.dumps(particular.to_dict())))

    for again in (copy.deepcopy(particular), pickle.loads(pickle.dumps(particular)), through_json):  # noqa: S301 - our own
        assert again == particular
        assert hash(again) == hash(particular)
        assert again._clients == {}


def test_importing_every_hook_loads_no_boto3() -> None:
    """Hooks are imported when a Dag is parsed; boto3 is not needed then."""
    hooks = sorted(path.stem for path in (PLUGINS / "airflow_sagemaker" / "hooks").glob("*.py"))
    imports = "\n".join(
        f"import airflow_sagemaker.hooks.{name}" for name in hooks if name[0] != "_"
    )
    unwanted = {"boto3", "botocore", "aiobotocore", "aiohttp", "sagemaker", "airflow"}
    code = f"import sys\n{imports}\nassert not {unwanted} & set(sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(PLUGINS)})


def test_clients_in_event_loops_repeat_nothing_by_themselves(connection: AwsConnection) -> None:
    """Hundreds share one: what botocore repeats behind their backs multiplies the load."""

    async def attempts() -> int:
        async with connection.async_client("sagemaker") as client:
            return int(client.meta.config.retries["total_max_attempts"])

    assert asyncio.run(attempts()) == 1
