"""The embedded AWS stays on its machine."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.local_aws.server_process import ROOT

TRIAL = """
import os, socket
from include.local_aws.loopback import OutsideConnectionError, stay_on_loopback
stay_on_loopback()
assert not any(name.lower().endswith("_proxy") for name in os.environ), os.environ
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(("localhost", server.getsockname()[1]), timeout=30).close()
try:
    {call}
except OutsideConnectionError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("call", "host"),
    [
        ("socket.create_connection(('192.0.2.1', 80), timeout=30)", "192.0.2.1"),
        ("socket.getaddrinfo('sagemaker.us-east-1.amazonaws.com', 443)", "sagemaker."),
        ("socket.socket(socket.AF_INET6).connect(('2001:db8::1', 80))", "2001:db8::1"),
    ],
)
def test_other_machines_are_out_of_reach(call: str, host: str) -> None:
    """Neither a look-up nor a connection leaves the machine, and proxies are forgotten."""
    proxies = {"HTTP_PROXY": "http://192.0.2.1:1", "https_proxy": "http://192.0.2.1:1"}

    done = subprocess.run(
        [sys.executable, "-c", TRIAL.format(call=call)],
        cwd=ROOT,
        env={**os.environ, **proxies},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert f"does not connect to other machines: {host}" in done.stdout
