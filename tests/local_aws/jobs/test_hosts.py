"""Hosts end together."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from include.local_aws.jobs.hosts import Ending, RunLimits, RunResult, run_hosts
from include.local_aws.jobs.sandbox import ContainerSpec
from tests.local_aws.jobs.job_bench import PATIENCE_SECONDS


def specs(root: Path, **scripts: str) -> dict[str, ContainerSpec]:
    """A host for each shell script."""
    return {
        name: ContainerSpec(
            name=name,
            opt_ml=root / name / "ml",
            argv=["/bin/sh", "-c", script],
            environment={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
        )
        for name, script in scripts.items()
    }


def limits(**more: Any) -> RunLimits:
    """Limits that nothing reaches, but for what is given."""
    return RunLimits(**{"stop": Event(), "seconds": None, "grace_seconds": 0.1, **more})


def run(hosts: dict[str, ContainerSpec], given: RunLimits | None = None) -> RunResult:
    """Run hosts whose lines do not matter."""
    return run_hosts(hosts, lambda _host, _line: None, given or limits())


def test_all_ending_well_is_the_end(tmp_path: Path) -> None:
    """A host that ends early with 0 does not end the others."""
    lines: list[tuple[str, str]] = []
    result = run_hosts(
        specs(tmp_path, one="echo 1", two="sleep 0.3; echo 2"),
        lambda host, line: lines.append((host, line)),
        limits(),
    )

    assert result == RunResult(ending=Ending.EXITED)
    assert sorted(pair for pair in lines if pair[1] in {"1", "2"}) == [("one", "1"), ("two", "2")]


def test_a_host_that_fails_ends_the_others(tmp_path: Path) -> None:
    """The first exit code other than 0 counts, and nobody is waited for."""
    began = time.monotonic()
    result = run(specs(tmp_path, one="sleep 3600", two="exit 9", three="sleep 3600"))

    assert result == RunResult(ending=Ending.EXITED, failed="two", exit_code=9)
    assert time.monotonic() - began < PATIENCE_SECONDS


def test_a_stop_ends_all(tmp_path: Path) -> None:
    """A stop is no failure, whatever exit codes it makes."""
    stop = Event()
    stop.set()
    result = run(specs(tmp_path, one="sleep 3600", two="sleep 3600"), limits(stop=stop))

    assert result == RunResult(ending=Ending.STOPPED)


def test_the_time_limit_ends_all_and_is_told_before(tmp_path: Path) -> None:
    """`on_timeout` is called while the hosts still run."""
    told: list[str] = []
    result = run(
        specs(tmp_path, one="sleep 3600"),
        limits(seconds=0, on_timeout=lambda: told.append("out of time")),
    )

    assert result == RunResult(ending=Ending.TIMED_OUT)
    assert told == ["out of time"]


def test_a_listener_that_fails_leaves_no_host(tmp_path: Path) -> None:
    """An error in handling a line comes out, after every host was ended."""

    def refuse(_host: str, line: str) -> None:
        raise ValueError(line)

    hosts = specs(tmp_path, one="sleep 3600", two="echo words; sleep 0.1")
    with pytest.raises(ValueError, match=r"words|namespaces"):
        run_hosts(hosts, refuse, limits())
    assert not list(tmp_path.glob("*/.ml-*")), "the scratch files of a container that is not over"
