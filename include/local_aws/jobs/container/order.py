"""The order a container's first process is started with, and the line it is sent on."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field

STOP = b"T"
"""Sent after the order: ask the job to end (SIGTERM). The end of the line means: kill it."""

_LENGTH = 4


@dataclass(frozen=True, kw_only=True)
class ContainerOrder:
    """What to run and what it shall see.

    `opt_ml`, `private_tmp` and `hosts_file` are host paths that become /opt/ml, /tmp and
    /etc/hosts; `visible` are host paths below /tmp that stay where they are.
    """

    argv: list[str]
    environment: dict[str, str]
    working_directory: str
    opt_ml: str = ""
    private_tmp: str = ""
    hosts_file: str = ""
    hostname: str = ""
    visible: list[str] = field(default_factory=list)

    def encode(self) -> bytes:
        """Encode the order for the line: its length in four bytes, then JSON."""
        body = json.dumps(asdict(self)).encode()
        return len(body).to_bytes(_LENGTH, "big") + body


def receive(line: int) -> ContainerOrder:
    """Read the order from the descriptor, not a byte further; EOFError if the sender is gone."""
    length = int.from_bytes(_read_exactly(line, _LENGTH), "big")
    return ContainerOrder(**json.loads(_read_exactly(line, length)))


def _read_exactly(line: int, length: int) -> bytes:
    received = b""
    while len(received) < length:
        chunk = os.read(line, length - len(received))
        if not chunk:
            raise EOFError("The server ended before it said what to run.")
        received += chunk
    return received
