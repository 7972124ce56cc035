"""`python -m include.local_aws`: the embedded AWS as a program."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from threading import Event

from include.local_aws.loopback import stay_on_loopback
from include.local_aws.settings import (
    LocalAwsSettings,
    SettingsError,
    Transitions,
    default_jobs_python,
)

_UNUSABLE = 2


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code.

    Prints `AWS_ENDPOINT_URL=...` on stdout once ready, and nothing else there.
    """
    stop_requested = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop_requested.set())
    settings = _settings(arguments)
    stay_on_loopback()
    return _serve(settings, stop_requested)


def _settings(arguments: list[str] | None) -> LocalAwsSettings:
    parser = argparse.ArgumentParser(prog="python -m include.local_aws", description=__doc__)
    parser.add_argument("--port", type=int, default=4566, help="0 takes a free one")
    parser.add_argument("--state-dir", type=Path, required=True, help="what survives a restart")
    parser.add_argument(
        "--transitions", default="fast", help="fast, realistic, or seconds each state is visible"
    )
    parser.add_argument(
        "--jobs-python", type=Path, default=default_jobs_python(), help="runs the jobs' scripts"
    )
    parser.add_argument("--images", type=Path, help="JSON or YAML file with rows of runtimes")
    given = parser.parse_args(arguments)
    try:
        transitions = Transitions.parse(given.transitions)
    except SettingsError as error:
        parser.error(str(error))
    return LocalAwsSettings(
        port=given.port,
        state_dir=given.state_dir,
        transitions=transitions,
        jobs_python=given.jobs_python,
        images=given.images,
    )


def _serve(settings: LocalAwsSettings, stop_requested: Event) -> int:
    from include.local_aws.server import LocalAws, PortInUseError  # noqa: PLC0415 - after the hook
    from include.local_aws.state.directory import StateDirectoryError  # noqa: PLC0415
    from include.local_aws.state.records import RecordsError  # noqa: PLC0415

    try:
        local_aws = LocalAws(settings)
    except (PortInUseError, StateDirectoryError, RecordsError) as error:
        sys.stderr.write(f"{error}\n")
        return _UNUSABLE
    sys.stdout.write(f"AWS_ENDPOINT_URL={local_aws.endpoint_url}\n")
    sys.stdout.flush()
    stop_requested.wait()
    left = local_aws.stop()
    for job in left:
        sys.stderr.write(f"{job} did not end in time and is killed\n")
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # Not sys.exit: a thread of a job that would not end must not hold the process.
    os._exit(code)
