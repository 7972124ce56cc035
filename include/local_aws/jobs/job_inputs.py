"""A job's inputs on their way from S3 to each of its hosts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.local_aws.jobs.channels import Asker, ChannelFile, DataSource, find_files, shard
from include.local_aws.jobs.downloads import check_disk, check_volume, download

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from include.local_aws.jobs.job_run import JobRun


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Files that one host gets."""

    host: str
    source: DataSource
    target: Path
    files: Sequence[ChannelFile]


def deliver(
    run: JobRun,
    sources: Sequence[DataSource],
    place: Callable[[str, str], Path],
    *,
    volume_gb: int | None,
) -> None:
    """Download every source to its hosts; `place` says where, from host and source name.

    Raises `JobFailedError` where data is missing or does not fit, `JobStoppedError` on a stop.
    """
    asker = Asker(run.request.region, run.request.body["RoleArn"])
    deliveries: list[Delivery] = []
    for source in sources:
        files = find_files(source, run.platform.store, asker)
        deliveries += _deal(run, source, files, place)
    _check_space(run, deliveries, volume_gb)
    for delivery in deliveries:
        download(
            delivery.files,
            delivery.target,
            run.platform.store,
            unzip=delivery.source.gzip,
            stop=run.progress.stop_requested,
        )


def _deal(
    run: JobRun,
    source: DataSource,
    files: Sequence[ChannelFile],
    place: Callable[[str, str], Path],
) -> list[Delivery]:
    """Which host gets which of a source's files."""
    hosts = run.cluster.in_groups(source.groups)
    return [
        Delivery(
            host=host.name,
            source=source,
            target=place(host.name, source.name),
            files=shard(files, number, len(hosts)) if source.sharded else files,
        )
        for number, host in enumerate(hosts)
    ]


def _check_space(run: JobRun, deliveries: Sequence[Delivery], volume_gb: int | None) -> None:
    """Hold each host's files against its volume, and all of them against the disk."""
    sizes = dict.fromkeys(run.cluster.names, 0)
    for delivery in deliveries:
        sizes[delivery.host] += sum(file.stored.size for file in delivery.files)
    for size in sizes.values():
        check_volume(size, volume_gb)
    check_disk(sum(sizes.values()), run.workspace)
