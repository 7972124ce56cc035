"""What executors run jobs with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from include.local_aws.jobs import workspace
from include.local_aws.jobs.cluster import LoopbackAddresses
from include.local_aws.jobs.metric_feed import MetricFeed
from include.local_aws.jobs.spot_capacity import SpotCapacity

if TYPE_CHECKING:
    from pathlib import Path

    from include.local_aws.jobs.images import ImageTable
    from include.local_aws.jobs.logs import LogSink
    from include.local_aws.jobs.sandbox import Sandbox
    from include.local_aws.s3.store import ObjectStore


@dataclass(frozen=True, kw_only=True)
class JobPlatform:
    """The services and settings that all jobs share.

    :param workspace: The directory that holds the running jobs' directories, and nothing else.
    :param endpoint_url: The embedded AWS's own address, for the SDKs in jobs.
    :param sandbox: The kind of sandbox; the best this machine allows unless given.
    :param stop_grace_seconds: From SIGTERM to SIGKILL; 120 on AWS.
    :param checkpoint_seconds: How often checkpoints and continuous outputs go to S3.
    :param spot: Where spot training jobs get their instances.
    :param metrics: What training jobs measure while they run.
    :param keep_workspaces: Leave the directories of finished jobs, to look into them.
    """

    store: ObjectStore
    logs: LogSink
    workspace: Path
    images: ImageTable
    endpoint_url: str
    sandbox: Sandbox | None = None
    stop_grace_seconds: float = 4.0
    checkpoint_seconds: float = 2.0
    keep_workspaces: bool = False
    addresses: LoopbackAddresses = field(default_factory=LoopbackAddresses)
    spot: SpotCapacity = field(default_factory=SpotCapacity)
    metrics: MetricFeed = field(default_factory=MetricFeed)

    def sweep(self) -> None:
        """Remove what jobs of an earlier server left; to be called before the first job runs."""
        workspace.sweep(self.workspace)
