"""Free ports on the loopback interface."""

from __future__ import annotations

import socket

HOST = "127.0.0.1"
AIRFLOW_PORT = 8080
AWS_PORT = 4566


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    """Return a port that the kernel gives away."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def free_port(preferred: int) -> int:
    """Return the preferred port if a server could listen on it, another one if not."""
    return preferred if is_free(preferred) else any_free_port()
