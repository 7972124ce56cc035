"""Keeps this process's own connections on the machine."""

from __future__ import annotations

import ipaddress
import os
import sys
from typing import Any

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_NAMED_BY_ADDRESS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_NAMED_BY_HOST = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
_LOCAL_NAMES = {None, "", "localhost"}


class OutsideConnectionError(OSError):
    """Something in this process tried to reach another machine."""

    def __init__(self, host: object) -> None:
        super().__init__(f"The embedded AWS does not connect to other machines: {host}")


def stay_on_loopback() -> None:
    """Refuse every look-up and connection of this process that leaves the machine, for good.

    The services around SageMaker would else deliver to wherever a subscription points. Proxies are
    forgotten too: they would stand between this process and its own port.
    """
    for name in _PROXIES:
        os.environ.pop(name, None)
        os.environ.pop(name.upper(), None)
    sys.addaudithook(_refuse_outside)


def _refuse_outside(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _NAMED_BY_ADDRESS:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in _NAMED_BY_HOST:
        host = arguments[0]
    else:
        return
    if not _is_local(host):
        raise OutsideConnectionError(host)


def _is_local(host: str | bytes | None) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in _LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(str(name))
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
