"""Checkpoints: brought from S3 before the containers start, and to S3 while they run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from include.local_aws.jobs.channels import ChannelFile, safe_name
from include.local_aws.jobs.downloads import download
from include.local_aws.jobs.errors import JobFailedError
from include.local_aws.jobs.s3_uri import S3Uri
from include.local_aws.jobs.uploads import Mirror
from include.local_aws.s3.errors import S3Error

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from include.local_aws.jobs.job_run import JobRun

DEFAULT_PATH = "/opt/ml/checkpoints"


@dataclass(frozen=True, kw_only=True)
class Checkpoints:
    """A job's CheckpointConfig."""

    run: JobRun
    uri: S3Uri
    directories: list[Path]

    @classmethod
    def read(cls, run: JobRun) -> Self:
        """Read the request; `JobFailedError` if its path is not below /opt/ml."""
        config = run.request.body["CheckpointConfig"]
        path = config.get("LocalPath", DEFAULT_PATH)
        uri = S3Uri.parse(config["S3Uri"])
        directories = [directory.on_host(path) for directory in run.directories()]
        return cls(run=run, uri=S3Uri(uri.bucket, uri.key.rstrip("/")), directories=directories)

    def kept(self, on_saved: Callable[[], None] = lambda: None) -> Mirror:
        """Bring what S3 has to every host; the mirror that keeps S3 up to date from then on.

        `on_saved` is called after each file that the mirror saved.
        """
        store = self.run.platform.store
        for directory in self.directories:
            directory.mkdir(parents=True, exist_ok=True)
            download(self._saved(), directory, store, stop=self.run.progress.stop_requested)
        return Mirror(
            self.directories,
            self.uri,
            store,
            seconds=self.run.platform.checkpoint_seconds,
            present_is_copied=True,
            on_copied=on_saved,
        )

    def _saved(self) -> list[ChannelFile]:
        """The checkpoints in S3, none at first."""
        prefix = f"{self.uri.key}/" if self.uri.key else ""
        try:
            return [
                ChannelFile(safe_name(stored.key.removeprefix(prefix)), stored)
                for stored in self.run.platform.store.list(self.uri.bucket, prefix)
                if not stored.key.endswith("/")
            ]
        except S3Error as error:
            raise JobFailedError(
                f"ClientError: Checkpoints cannot be read from {self.uri}: {error.message}"
            ) from error
