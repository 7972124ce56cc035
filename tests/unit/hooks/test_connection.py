"""An AWS connection makes clients when it is asked, and no sooner."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection

PLUGINS = Path(__file__).parents[3] / "plugins"


def test_clients_go_where_the_connection_says(connection: AwsConnection) -> None:
    """Endpoint and region are the connection's, and a client is made once."""
    client = connection.client("sagemaker")

    assert client.meta.endpoint_url.startswith("http://127.0.0.1:")
    assert client.meta.region_name == "us-east-1"
    assert connection.client("sagemaker") is client


def test_importing_every_hook_loads_no_boto3() -> None:
    """Hooks are imported when a Dag is parsed; boto3 is not needed then."""
    hooks = sorted(path.stem for path in (PLUGINS / "airflow_sagemaker" / "hooks").glob("*.py"))
    imports = "\n".join(
        f"import airflow_sagemaker.hooks.{name}" for name in hooks if name[0] != "_"
    )
    code = (
        f"import sys\n{imports}\nassert not {{'boto3', 'botocore', 'airflow'}} & set(sys.modules)"
    )

    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(PLUGINS)})
