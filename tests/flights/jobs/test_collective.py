"""Hosts of a training job find each other, and none waits for one that is gone."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.flights.conftest import SHORT, TRAIN
from tests.flights.container_run import PATIENCE_SECONDS, free_port, training_hosts
from tests.flights.jobs.two_hosts import FIRST, SECOND, Two, train_together, two_hosts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.flights.container_run import OptMl


@pytest.fixture
def pair(features: Path, tmp_path: Path) -> Two:
    """Two hosts with data, not started."""
    return two_hosts(tmp_path, features, train=(TRAIN[0::2], TRAIN[1::2]))


def wait_for_rounds(opt_ml: OptMl, processes: Mapping[str, Any]) -> None:
    """Wait until the hosts train together."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "round=3 " not in (opt_ml.path / "train.py.out").read_text("utf-8"):
        assert time.monotonic() < deadline, "training did not start"
        assert all(process.poll() is None for process in processes.values())
        time.sleep(0.02)


@pytest.mark.parametrize(("victim", "survivor"), [(FIRST, SECOND), (SECOND, FIRST)])
def test_a_killed_host_ends_the_other_with_a_reason(victim: str, survivor: str, pair: Two) -> None:
    """No host waits for one that is gone, be it the one with the tracker or not."""
    endless = ("--num-round", "1000000", "--early-stopping-rounds", "0")
    with training_hosts(pair, *endless) as processes:
        wait_for_rounds(pair[FIRST], processes)
        processes[victim].send_signal(signal.SIGKILL)
        began = time.monotonic()
        result = pair[survivor].ended(processes[survivor], "train.py")

    assert result.code == 1
    assert result.failure.startswith(f"{survivor} cannot go on, another host may be gone: ")
    assert time.monotonic() - began < 30
    assert not pair[FIRST].model.exists()


def test_a_host_without_rows_fails_the_job_on_all_hosts(features: Path, tmp_path: Path) -> None:
    """More hosts than files leave one empty; every host's failure names it."""
    hosts = two_hosts(tmp_path, features, train=(TRAIN, ()))
    for result in train_together(hosts, *SHORT).values():
        assert result.code == 1
        assert result.failure.startswith(f"{SECOND}: no features partitions in ")
        assert result.failure in result.stderr


def test_a_host_that_never_comes_is_not_waited_for_forever(pair: Two) -> None:
    """The first host gives up after the time it was given, and says what it waited for."""
    with training_hosts(pair, "--join-seconds", "2") as processes:
        processes[SECOND].kill()
        result = pair[FIRST].ended(processes[FIRST], "train.py")

    assert result.code == 1
    assert result.failure.startswith("not all of 2 hosts joined in 2 s")


def test_another_jobs_hosts_are_not_joined(pair: Two) -> None:
    """Two jobs whose hosts share an address and a port do not end up in one model."""
    strangers = {FIRST: {"TRAINING_JOB_NAME": "ours"}, SECOND: {"TRAINING_JOB_NAME": "theirs"}}
    common = {"SM_HOSTS": json.dumps([FIRST, SECOND])}
    port = str(free_port())
    arguments = ("--join-seconds", "2", "--port", port)
    processes = {
        host: opt_ml.start(
            "train.py", *arguments, variables={"SM_CURRENT_HOST": host, **common, **strangers[host]}
        )
        for host, opt_ml in pair.items()
    }
    ended = {host: pair[host].ended(processes[host], "train.py") for host in pair}

    assert ended[FIRST].failure.startswith("not all of 2 hosts joined")
    assert ended[SECOND].failure.startswith(f"nobody of this job answers on 127.0.0.1:{port}")
