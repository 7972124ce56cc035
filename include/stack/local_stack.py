"""The embedded AWS and a real Airflow, started together and stopped together."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from include.stack.airflow_home import COMPONENTS, AirflowHome
from include.stack.environment import base_environment
from include.stack.errors import StackError
from include.stack.processes import KeptProcess, Processes, wait_until_ended
from include.stack.rest import AirflowClient

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path
    from types import TracebackType

    from include.stack.layout import Layout
    from include.stack.preflight import Ports

DATABASE_SECONDS = 180.0
AIRFLOW_GRACE_SECONDS = 5.0  # the scheduler would wait for its running tasks
AWS_GRACE_SECONDS = 12.0  # the embedded AWS ends its jobs within 10 s of SIGTERM
AWS_READY = "AWS_ENDPOINT_URL="


class LocalStack:
    """Both, as processes of this driver; leaving the block stops Airflow, then the embedded AWS.

    :param layout: where their state and logs are.
    :param ports: where they listen.
    :param parse_seconds: how long a parsed Dag file is good for.
    """

    def __init__(self, layout: Layout, ports: Ports, *, parse_seconds: int) -> None:
        self.layout = layout
        self.aws_url = f"http://127.0.0.1:{ports.aws}"
        self._aws_port = ports.aws
        self._home = AirflowHome(
            layout=layout,
            port=ports.airflow,
            endpoint_url=self.aws_url,
            parse_seconds=parse_seconds,
        )
        self.airflow_url = self._home.url
        self.airflow = AirflowClient(self.airflow_url)
        self._aws, self._airflow, self._errands = (self._processes() for _ in range(3))
        self._aws_process: KeptProcess | None = None
        self._stack = ExitStack()

    def _processes(self) -> Processes:
        return Processes(logs=self.layout.logs, records=self.layout.records)

    def __enter__(self) -> Self:
        for processes in (self._aws, self._airflow, self._errands):
            self._stack.enter_context(processes)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, traceback)

    def check(self) -> None:
        """Look whether both still run.

        :raises ProcessEndedError: if a process does not.
        """
        self._aws.check()
        self._airflow.check()

    def launch(self) -> None:
        """Start every process; they come up at the same time.

        :raises StackError: if Airflow's database cannot be made.
        """
        self._launch_aws()
        self._prepare_database()
        environment = self._home.environment()
        for component in COMPONENTS:
            self._airflow.start(
                component,
                self._home.command(component),
                environment=environment,
                folder=self.layout.airflow_home,
                grace_seconds=AIRFLOW_GRACE_SECONDS,
            )

    def _launch_aws(self) -> None:
        self._aws_process = self._aws.start(
            "local-aws",
            [
                *(self.layout.python, "-m", "include.local_aws"),
                *("--port", str(self._aws_port), "--state-dir", self.layout.aws_state),
                *("--jobs-python", self.layout.jobs_python),
            ],
            environment=base_environment(self.layout),
            folder=self.layout.repository,
            grace_seconds=AWS_GRACE_SECONDS,
        )

    def aws_is_ready(self) -> bool:
        """Tell whether the embedded AWS has printed its address."""
        log = self._aws_process.log_tail() if self._aws_process else []
        return any(line.startswith(AWS_READY) for line in log)

    def land(self, *, bucket: str, prefix: str, first: date, last: date) -> KeptProcess:
        """Start the loader that lands raw days in a bucket, as a source system would."""
        return self._errands.start(
            "landing",
            [
                *(self.layout.jobs_python, "-m", "include.flights.landing"),
                *("--bucket", bucket, "--prefix", prefix),
                *("--start", first.isoformat(), "--end", last.isoformat()),
                *("--endpoint-url", self.aws_url),
            ],
            environment=base_environment(self.layout),
            folder=self.layout.repository,
        )

    def _prepare_database(self) -> None:
        home = self._home
        if home.is_current() or home.copy_template():
            return
        if home.database.exists():
            self._run("airflow-db", home.migrate_command())
        else:
            self._run("airflow-db", home.initialise_command())
            home.save_template()
        home.mark_current()

    def _run(self, name: str, argv: list[str | Path]) -> None:
        process = self._errands.start(
            name, argv, environment=self._home.environment(), folder=self.layout.airflow_home
        )
        code = wait_until_ended(process, seconds=DATABASE_SECONDS)
        if code != 0:
            ending = f"did not end within {DATABASE_SECONDS:.0f} s" if code is None else "failed"
            raise StackError(
                f"{name} {ending}; its log is {process.log}. "
                f"To start afresh, remove {self.layout.root}",
                details=process.log_tail(),
            )
