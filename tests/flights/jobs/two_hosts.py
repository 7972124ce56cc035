"""A training job on two hosts, both of them this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.flights.conftest import VALIDATION
from tests.flights.container_run import Ended, OptMl, copy_days, training_hosts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

FIRST, SECOND = "127.0.0.1", "127.0.0.2"  # names that resolve everywhere; none asks for the second
Two = dict[str, OptMl]


def two_hosts(folder: Path, features: Path, *, train: Sequence[Sequence[date]]) -> Two:
    """Give each of two hosts its part of the training days, and both the validation days."""
    hosts = {host: OptMl(folder / host) for host in (FIRST, SECOND)}
    for opt_ml, part in zip(hosts.values(), train, strict=True):
        copy_days(features, part, opt_ml.channel("train"))
        copy_days(features, VALIDATION, opt_ml.channel("validation"))
    return hosts


def train_together(hosts: Two, *arguments: str, **variables: str) -> dict[str, Ended]:
    """Run the training job on its hosts to the end."""
    with training_hosts(hosts, *arguments, **variables) as processes:
        return {host: hosts[host].ended(processes[host], "train.py") for host in hosts}
