"""An AWS connection of Airflow, and the boto3 and aiobotocore clients that come from it."""

from __future__ import annotations

import copy
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.exceptions import PermanentAwsError
from airflow_sagemaker.hooks.shared_clients import retire_client, shared_client

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager

_OPTIONAL = (None, "aws_default")
"""Without a connection of this name boto3's own way to credentials is meant, as everywhere."""

_POOLED = 50
_ATTEMPTS = 3
_ATTEMPTS_IN_LOOPS = 1
_RETRY_VARIABLES = ("AWS_RETRY_MODE", "AWS_MAX_ATTEMPTS")


@dataclass(frozen=True, kw_only=True)
class AwsConnection:
    """Which Airflow connection to use, and how.

    Region, verification and configuration reach the client of every service alike. Copies and
    pickles hold no clients.

    :param conn_id: an Airflow connection of type `aws`; None, or `aws_default` where there is none
        of that name, takes boto3's own way to credentials
    :param region: overrides the connection's region
    :param verify: whether to check certificates, or the path of a CA bundle; None leaves it to the
        connection
    :param botocore_config: arguments of botocore's `Config`; they replace the connection's own
    """

    conn_id: str | None
    region: str | None = None
    verify: bool | str | None = None
    botocore_config: Mapping[str, Any] | None = field(default=None, hash=False)
    _clients: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def client(self, service: str) -> Any:
        """Give the boto3 client of a service; the same one each time."""
        if service not in self._clients:
            self._clients[service] = self._open(service, deferrable=False)
        return self._clients[service]

    def async_client(self, service: str) -> AbstractAsyncContextManager[Any]:
        """Lend the aiobotocore client of a service.

        All who hold it at one time in one event loop hold the same client: to make one costs tens
        of milliseconds and two megabytes.
        """
        return shared_client(self._key(service), lambda: self._open(service, deferrable=True))

    def retire_async_client(self, service: str, client: Any) -> None:
        """Have a new client made for whoever borrows next, for this one's credentials are old."""
        retire_client(self._key(service), client)

    @property
    def region_in_force(self) -> str:
        """The region that calls go to, wherever it was set."""
        region: str = self.client("sagemaker").meta.region_name
        return region

    def extra(self) -> dict[str, Any]:
        """Give the extra of the Airflow connection; empty without one.

        It asks Airflow: on an event loop it belongs in a thread.
        """
        return dict(self._hook("sagemaker").conn_config.extra_config)

    def read_timeout(self) -> float:
        """Give the seconds after which clients give an answer up; asks as `extra` does."""
        hook = self._hook("sagemaker")
        seconds: float = self._client_config(hook, deferrable=True).read_timeout
        return seconds

    def to_dict(self) -> dict[str, Any]:
        """Give what makes this connection as JSON, for a trigger's arguments."""
        return {
            "conn_id": self.conn_id,
            "region": self.region,
            "verify": self.verify,
            "botocore_config": self._config(),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> AwsConnection:
        """Make a connection from what `to_dict` gave."""
        return cls(
            conn_id=document["conn_id"],
            region=document.get("region"),
            verify=document.get("verify"),
            botocore_config=document.get("botocore_config"),
        )

    def __reduce__(self) -> tuple[Any, tuple[dict[str, Any]]]:
        return AwsConnection.from_dict, (self.to_dict(),)

    def _key(self, service: str) -> str:
        return f"{service} {json.dumps(self.to_dict(), sort_keys=True)}"

    def _config(self) -> dict[str, Any] | None:
        """Give a copy of the configuration: botocore writes into what it is given."""
        return copy.deepcopy(dict(self.botocore_config)) if self.botocore_config else None

    def _open(self, service: str, *, deferrable: bool) -> Any:
        hook = self._hook(service)
        return hook.get_client_type(
            region_name=hook.region_name,
            config=self._client_config(hook, deferrable=deferrable),
            deferrable=deferrable,
        )

    def _hook(self, service: str) -> Any:
        from airflow.providers.amazon.aws.hooks.base_aws import (  # noqa: PLC0415 - loads boto3
            AwsGenericHook,
        )

        hook: Any = AwsGenericHook(
            aws_conn_id=self.conn_id,
            region_name=self.region,
            verify=self.verify,
            config=self._config(),
            client_type=service,
        )
        if self.conn_id not in _OPTIONAL and not hook.conn_config:
            raise PermanentAwsError(
                f"there is no Airflow connection {self.conn_id}; create it, or correct aws_conn_id "
                "(the worker's own credentials may be of another account)"
            )
        return hook

    @staticmethod
    def _client_config(hook: Any, *, deferrable: bool) -> Any:
        return _defaults(_ATTEMPTS_IN_LOOPS if deferrable else _ATTEMPTS).merge(hook.config)


def _defaults(attempts: int) -> Any:
    """Give what holds unless somebody configured it otherwise.

    Botocore's default, five attempts a call, multiplies the load on an API that throttles; callers
    here have a patience of their own. In a triggerer, where hundreds share a client, nothing is
    repeated behind their backs. Shared clients need more than botocore's ten sockets.
    """
    from botocore.config import Config

    if any(variable in os.environ for variable in _RETRY_VARIABLES):
        return Config(max_pool_connections=_POOLED)
    return Config(
        max_pool_connections=_POOLED,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
