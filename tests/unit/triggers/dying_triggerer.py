"""A triggerer that waits for jobs until it is killed: `python dying_triggerer.py NAME...`.

It prints a line once it lists.
"""

from __future__ import annotations

import asyncio
import sys

from airflow_sagemaker.hooks.connection import AwsConnection
from airflow_sagemaker.triggers.watcher import watched_talker
from tests.unit.triggers.waits import Waits, until


async def wait_for_ever(names: list[str]) -> None:
    """Wait for jobs through the connection `ours`."""
    connection = AwsConnection(conn_id="ours", region="us-east-1")
    async with watched_talker(connection), Waits(connection) as waits:
        waits.begin(names)
        await until(lambda: listed(names))
        sys.stdout.write("listing\n")
        sys.stdout.flush()
        await asyncio.sleep(3600)


def listed(names: list[str]) -> bool:
    """Tell whether a listing looks after as many waits as there are names."""
    from airflow_sagemaker.triggers import watcher  # noqa: PLC0415 - its inside

    (watchers,) = watcher._WATCHERS.values()
    groups = [group for each in watchers.watchers.values() for group in each._groups.values()]
    return any(group.served == len(names) and group._mark for group in groups)


if __name__ == "__main__":
    asyncio.run(wait_for_ever(sys.argv[1:]))
