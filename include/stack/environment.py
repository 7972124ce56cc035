"""The environment of the stack's processes: nothing of the caller's Python, Airflow or AWS."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from include.stack.aws_client import aws_variables

if TYPE_CHECKING:
    from include.stack.layout import Layout

INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH")


def base_environment(layout: Layout) -> dict[str, str]:
    """Return the whole environment of a process of the stack."""
    return {
        **{key: os.environ[key] for key in INHERITED if key in os.environ},
        **aws_variables(),
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHONPATH": str(layout.repository),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "PYTHONWARNINGS": "ignore",
        "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",  # macOS: Airflow forks
    }


def shut_out_callers_aws() -> None:
    """Make this very process blind to the caller's AWS profile, region, endpoints and proxies."""
    for key in [key for key in os.environ if key.startswith("AWS_")]:
        del os.environ[key]
    os.environ.update(aws_variables(), NO_PROXY="127.0.0.1,localhost")
