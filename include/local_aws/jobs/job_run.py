"""What training and processing jobs have in common: hosts, their directories, logs and network."""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from include.local_aws.jobs.container_directory import ContainerDirectory
from include.local_aws.jobs.container_spec import ContainerSpec
from include.local_aws.jobs.errors import JobFailedError, JobStoppedError
from include.local_aws.jobs.failures import OutputTail
from include.local_aws.jobs.hosts import RunLimits, RunResult, run_hosts
from include.local_aws.jobs.images import ImageTableError, UnknownImage
from include.local_aws.jobs.isolated_network import IsolatedNetwork, NetworkIsolationError
from include.local_aws.jobs.namespaces import Sandbox, best_sandbox
from include.local_aws.jobs.workspace import job_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from include.local_aws.jobs.cluster import Cluster
    from include.local_aws.jobs.contract import JobRequest, Progress
    from include.local_aws.jobs.images import Runtime
    from include.local_aws.jobs.platform import JobPlatform

Command = tuple["Sequence[str]", "Mapping[str, str]", str]
"""What a host runs: arguments, environment and working directory."""


@dataclass(frozen=True, kw_only=True)
class JobRun:
    """One run of a job.

    :param workspace: The job's own directory on this machine.
    :param addresses: Each host's loopback address.
    :param log_group: Where its log streams are.
    :param listeners: Get every line of every host, after the log.
    """

    request: JobRequest
    progress: Progress
    platform: JobPlatform
    cluster: Cluster
    workspace: Path
    addresses: Mapping[str, str]
    log_group: str
    network_isolation: bool
    listeners: list[Callable[[str], None]] = field(default_factory=list)
    tails: dict[str, OutputTail] = field(default_factory=lambda: defaultdict(OutputTail))
    started: int = field(default_factory=lambda: int(time.time()))

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox of its containers."""
        return self.platform.sandbox or best_sandbox()

    @property
    def endpoint_url(self) -> str | None:
        """The embedded AWS as its containers reach it; None if they cannot."""
        isolated = self.network_isolation and self.sandbox is not Sandbox.NONE
        return None if isolated else self.platform.endpoint_url

    def directory(self, host: str) -> ContainerDirectory:
        """The directory that a host sees as /opt/ml."""
        return ContainerDirectory(self.workspace / host / "ml")

    def directories(self) -> list[ContainerDirectory]:
        """Every host's directory, in the order of the hosts."""
        return [self.directory(name) for name in self.cluster.names]

    def say(self, line: str) -> None:
        """Write a line of the embedded AWS's own to the first host's log."""
        self._log(self.cluster.names[0], line)

    def on_line(self, host: str, line: str) -> None:
        """Take a line that a host wrote."""
        self._log(host, line)
        self.tails[host].add(line)
        for listener in self.listeners:
            listener(line)

    def _log(self, host: str, line: str) -> None:
        stream = f"{self.request.name}/{host}-{self.started}"
        self.platform.logs.put(self.request.region, self.log_group, stream, [line])

    def check_stop(self) -> None:
        """Raise `JobStoppedError` if the job was asked to stop."""
        if self.progress.stop_requested.is_set():
            raise JobStoppedError

    def resolve_image(self, image: str) -> Runtime:
        """The local runtime of an image; `JobFailedError` where there is none."""
        try:
            return self.platform.images.resolve(image)
        except UnknownImage as error:
            raise JobFailedError(str(error)) from error
        except ImageTableError as error:
            raise JobFailedError(f"ClientError: {error}") from error

    def run(
        self,
        commands: Mapping[str, Command],
        *,
        seconds: float | None,
        on_timeout: Callable[[], None] = lambda: None,
        interrupted: Callable[[], bool] = lambda: False,
    ) -> RunResult:
        """Run each host's command until the end, a stop, an interruption, or for `seconds`."""
        limits = RunLimits(
            stop=self.progress.stop_requested,
            seconds=seconds,
            grace_seconds=self.platform.stop_grace_seconds,
            on_timeout=on_timeout,
            interrupted=interrupted,
        )
        with ExitStack() as held:
            network = self._network(held)
            specs = {name: self._spec(name, command, network) for name, command in commands.items()}
            return run_hosts(specs, self.on_line, limits, sandbox=self.sandbox)

    def _network(self, held: ExitStack) -> IsolatedNetwork | None:
        if self.network_isolation and self.sandbox is not Sandbox.NONE:
            try:
                return held.enter_context(IsolatedNetwork())
            except NetworkIsolationError as error:
                raise JobFailedError(
                    f"InternalServerError: EnableNetworkIsolation cannot be had here: {error}"
                ) from error
        return None

    def _spec(self, host: str, command: Command, network: IsolatedNetwork | None) -> ContainerSpec:
        argv, environment, working_directory = command
        return ContainerSpec(
            name=f"{host} of {self.request.kind} {self.request.name}",
            opt_ml=self.directory(host).root,
            argv=argv,
            environment=environment,
            hosts=self.addresses,
            network_isolation=self.network_isolation,
            working_directory=working_directory,
            hostname=host,
            network=network,
        )


@contextmanager
def job_run(
    request: JobRequest,
    progress: Progress,
    platform: JobPlatform,
    *,
    cluster: Cluster,
    log_group: str,
    network_isolation: bool,
) -> Iterator[JobRun]:
    """A run with a workspace and addresses of its own; all its lines are in the log afterwards."""
    with ExitStack() as held:
        held.callback(platform.logs.flush)
        workspace = held.enter_context(
            job_directory(platform.workspace, request.name, keep=platform.keep_workspaces)
        )
        yield JobRun(
            request=request,
            progress=progress,
            platform=platform,
            cluster=cluster,
            workspace=workspace,
            addresses=held.enter_context(platform.addresses.lend(cluster.names)),
            log_group=log_group,
            network_isolation=network_isolation,
        )


def now() -> datetime:
    """The time, aware of its zone."""
    return datetime.now(UTC)
