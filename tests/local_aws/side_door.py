"""The side door of an embedded AWS, as a test goes through it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from contextlib import closing
from typing import Any


class SideDoor:
    """Fault rules of one embedded AWS; `clear` removes all."""

    def __init__(self, endpoint_url: str) -> None:
        self._root = f"{endpoint_url}/_local_aws"

    def call(self, method: str, path: str, document: Any = None) -> tuple[int, Any]:
        """Send a request; return status and document."""
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"{self._root}/{path}", body, method=method)  # noqa: S310
        try:
            with closing(urllib.request.urlopen(request, timeout=60)) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with closing(error):
                return error.code, json.load(error)

    def add(self, **rule: Any) -> str:
        """Add a rule; return its id."""
        status, document = self.call("POST", "faults", rule)
        assert status == 201, document
        (added,) = document["rules"]
        return str(added["id"])

    def hits(self, rule_id: str) -> int:
        """Return how often a rule has struck."""
        _, document = self.call("GET", "faults")
        (found,) = [rule["hits"] for rule in document["rules"] if rule["id"] == rule_id]
        return int(found)

    def interrupt(self, training_job: str, **more: Any) -> tuple[int, Any]:
        """Take a running spot job's instances away."""
        return self.call("POST", "interruptions", {"training_job": training_job, **more})

    def clear(self) -> None:
        """Remove all rules."""
        self.call("DELETE", "faults")
