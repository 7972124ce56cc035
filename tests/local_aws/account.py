"""A client's view of one embedded AWS: its address, clients for it and fresh names."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable

REGION = "us-east-1"
PATIENCE_SECONDS = 60.0


class Account:
    """Clients of one embedded AWS, made once each and closed together."""

    def __init__(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str = REGION) -> Any:
        """Return the boto3 client of a service; it does not retry."""
        key = (service, region)
        if key not in self._clients:
            self._clients[key] = boto3.session.Session().client(
                service,
                region_name=region,
                endpoint_url=self.endpoint_url,
                aws_access_key_id="testing",
                aws_secret_access_key="testing",
                config=Config(retries={"total_max_attempts": 1}, proxies={}),
            )
        return self._clients[key]

    def name(self, prefix: str = "test") -> str:
        """Return a name that nothing else has."""
        return f"{prefix}-{uuid.uuid4().hex[:12]}"

    def close(self) -> None:
        """Close all clients."""
        for client in self._clients.values():
            client.close()


def wait_until(condition: Callable[[], Any], what: str = "the condition") -> Any:
    """Return the condition's value once it is true; fail after a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} did not come true in time"
        time.sleep(0.01)
