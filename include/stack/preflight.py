"""What is checked before anything starts, each with a message that says what to do."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.stack import ports
from include.stack.errors import PreflightError
from include.stack.process_records import sweep

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from include.stack.layout import Layout

MEGABYTE = 1_000_000
NEEDED_BYTES = 500 * MEGABYTE


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where the servers of a stack listen, on 127.0.0.1."""

    airflow: int
    aws: int


def require_jobs_environment(layout: Layout) -> None:
    """Check that the jobs' world is installed.

    :raises PreflightError: if it is not.
    """
    if not layout.jobs_python.exists():
        raise PreflightError(
            f"the jobs' environment is missing: there is no {layout.jobs_python}. "
            "`make run` installs it; to install it alone, run `make .venv-jobs/.jobs`"
        )


def require_disk(folder: Path, *, free_bytes: int) -> None:
    """Check that a run fits on the disk.

    :raises PreflightError: if it does not.
    """
    if free_bytes < NEEDED_BYTES:
        raise PreflightError(
            f"too little disk: {free_bytes // MEGABYTE} MB are free where {folder} is, and a "
            f"stack may need {NEEDED_BYTES // MEGABYTE} MB. Make room, or use "
            "a checkout on another disk"
        )


def free_bytes(folder: Path) -> int:
    """Return the free space of the disk a folder is or will be on."""
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    return shutil.disk_usage(existing).free


def choose_ports(
    say: Callable[[str], None],
    *,
    airflow: int = ports.AIRFLOW_PORT,
    aws: int = ports.AWS_PORT,
) -> Ports:
    """Choose the preferred ports, or free ones if they are taken, and say so."""
    return Ports(
        airflow=_choose("Airflow", airflow, say), aws=_choose("the embedded AWS", aws, say)
    )


def _choose(whose: str, preferred: int, say: Callable[[str], None]) -> int:
    port = ports.free_port(preferred)
    if port != preferred:
        say(f"port {preferred} is in use: {whose} takes {port}")
    return port


def clear_leftovers(layout: Layout, say: Callable[[str], None]) -> None:
    """End the processes that a killed driver of this stack left behind, and say which."""
    ended = sweep(layout.records)
    if ended:
        say(f"an earlier `make {layout.name}` was killed: ended its {', '.join(ended)}")


def start_afresh(layout: Layout) -> None:
    """Remove an earlier run's state.

    :raises PreflightError: if it cannot be removed, such as another user's.
    """
    try:
        if layout.root.exists():
            shutil.rmtree(layout.root)
        layout.create()
    except OSError as error:
        raise PreflightError(
            f"cannot start afresh in {layout.root}: {error}. Remove that folder yourself "
            "(it may be another user's), then run again"
        ) from error
