"""Runs one container for a test, as another process or another user would.

`python -m tests.local_aws.jobs.contained SANDBOX ISOLATED OPT_ML COMMAND...` prints each line that
the container writes, and its exit code at the end.
"""

from __future__ import annotations

import sys
from pathlib import Path

from include.local_aws.jobs.sandbox import Container, ContainerSpec, Sandbox


def main(arguments: list[str]) -> None:
    """Run the command in a container."""
    sandbox, isolated, opt_ml, *command = arguments
    spec = ContainerSpec(
        name="a container of a test",
        opt_ml=Path(opt_ml),
        argv=command,
        environment={"PATH": "/usr/bin:/bin"},
        hosts={"algo-1": "127.70.0.1"},
        hostname="algo-1",
        network_isolation=isolated == "True",
    )
    container = Container.start(spec, _say, sandbox=Sandbox(sandbox))
    _say(f"exit code {container.wait()}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
