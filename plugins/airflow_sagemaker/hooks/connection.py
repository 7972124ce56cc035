"""An AWS connection of Airflow, and the boto3 clients that come from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class AwsConnection:
    """Which Airflow connection to use, and in which region.

    :param conn_id: an Airflow connection of type `aws`
    :param region: overrides the connection's region
    """

    conn_id: str
    region: str | None = None
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def client(self, service: str) -> Any:
        """Give the boto3 client of a service; the same one each time."""
        if service not in self._clients:
            self._clients[service] = self._connect(service)
        return self._clients[service]

    def _connect(self, service: str) -> Any:
        from airflow.providers.amazon.aws.hooks.base_aws import (  # noqa: PLC0415 - loads boto3
            AwsGenericHook,
        )

        hook: Any = AwsGenericHook(
            aws_conn_id=self.conn_id, region_name=self.region, client_type=service
        )
        return hook.get_conn()
