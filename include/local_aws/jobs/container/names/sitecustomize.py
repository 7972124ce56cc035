"""Host names for Python jobs where there is no /etc/hosts of their own.

On the path of a job that runs without namespaces, Python imports this module when it starts. The
variable LOCAL_AWS_HOSTS maps names to addresses, as JSON.
"""

from __future__ import annotations

import json
import os
import socket
from typing import Any

_HOSTS: dict[str, str] = json.loads(os.environ.get("LOCAL_AWS_HOSTS", "{}"))


def _resolve(host: Any) -> Any:
    return _HOSTS.get(host, host) if isinstance(host, str) else host


def _resolve_address(address: Any) -> Any:
    if isinstance(address, tuple) and address:
        return (_resolve(address[0]), *address[1:])
    return address


def _patch_function(name: str) -> None:
    original = getattr(socket, name)

    def resolving(host: Any, *arguments: Any, **options: Any) -> Any:
        return original(_resolve(host), *arguments, **options)

    setattr(socket, name, resolving)


def _patch_method(name: str) -> None:
    original = getattr(socket.socket, name)

    def resolving(self: socket.socket, *arguments: Any) -> Any:
        return original(self, *arguments[:-1], _resolve_address(arguments[-1]))

    setattr(socket.socket, name, resolving)


if _HOSTS:
    for _function in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        _patch_function(_function)
    for _method in ("bind", "connect", "connect_ex", "sendto"):
        _patch_method(_method)
