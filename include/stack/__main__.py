"""`python -m include.stack run|up|down`: what `make run`, `make up` and `make down` call."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from include.stack.background import down, up
from include.stack.environment import shut_out_callers_aws
from include.stack.errors import INTERRUPTED, TERMINATED, StackError, Terminated
from include.stack.layout import Layout
from include.stack.signals import raise_once

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    0: all went well; 1: something failed; 2: nothing was started; 130: Ctrl-C; 143: SIGTERM.
    """
    parser = argparse.ArgumentParser(prog="python -m include.stack", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    command = COMMANDS[parser.parse_args(arguments).command]
    shut_out_callers_aws()
    raise_once()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        return command()
    except KeyboardInterrupt:
        _report("interrupted: everything was stopped")
        return INTERRUPTED
    except Terminated:
        _report("told to end: everything was stopped")
        return TERMINATED
    except StackError as error:
        evidence = [f"  {line}" for detail in error.details for line in detail.splitlines()]
        _report("\n".join([f"failed: {error}", *evidence]))
        return error.exit_code


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _report(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _run() -> int:
    from include.stack.story import run  # noqa: PLC0415 - `down` needs none of it

    return run(Layout(name="run"))


def _serve() -> int:
    from include.stack.story import serve  # noqa: PLC0415

    return serve(Layout(name="up"))


COMMANDS: dict[str, Callable[[], int]] = {
    "run": _run,
    "up": lambda: up(Layout(name="up"), _say),
    "down": lambda: down(Layout(name="up"), _say),
    "serve": _serve,
}

if __name__ == "__main__":
    sys.exit(main())
