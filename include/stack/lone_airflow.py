"""An Airflow beside the project's, for benchmarks and chaos tests: its own folder, its own Dags."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from include.stack.airflow_home import COMPONENTS, AirflowHome
from include.stack.layout import Layout
from include.stack.ports import any_free_port
from include.stack.processes import Processes
from include.stack.rest import AirflowClient

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from include.stack.processes import KeptProcess

PARSE_SECONDS = 3600
START_SECONDS = 300.0
POLL_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class LoneLayout(Layout):
    """The folders of an Airflow that writes nothing into the repository.

    :param home: the folder of all that it writes
    :param dag_files: the folder of its Dag files
    """

    home: Path
    dag_files: Path

    @property
    def root(self) -> Path:
        """Everything of this Airflow."""
        return self.home

    @property
    def dags(self) -> Path:
        """Its own Dag files."""
        return self.dag_files


class LoneAirflow:
    """Airflow's components as processes; a context manager that leaves none behind.

    :param layout: its folders
    :param aws_url: where its connection `aws_default` leads
    :param settings: more of Airflow's settings, as environment variables
    :param awaited: Dags that must be there before it is used
    """

    def __init__(
        self,
        layout: LoneLayout,
        *,
        aws_url: str,
        settings: Mapping[str, str],
        awaited: frozenset[str],
    ) -> None:
        self.layout = layout
        self.layout.create()
        self._settings = settings
        self._awaited = awaited
        self.processes = Processes(logs=layout.logs, records=layout.records)
        self._home = AirflowHome(
            layout=layout, port=any_free_port(), endpoint_url=aws_url, parse_seconds=PARSE_SECONDS
        )
        self.url = self._home.url
        self.client = AirflowClient(self.url)

    def __enter__(self) -> Self:
        self.processes.__enter__()
        try:
            self._prepare_database()
            for component in COMPONENTS:
                self.start(component)
            self._wait_until_up()
        except BaseException:
            self.processes.stop()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.client.close()
        self.processes.stop()

    def start(self, component: str, name: str = "") -> KeptProcess:
        """Start a component; `name` tells a second one from the first."""
        return self.processes.start(
            name or component,
            self._home.command(component),
            environment=self._environment(),
            folder=self.layout.airflow_home,
        )

    def wait_until_healthy(self) -> None:
        """Wait until all components say that they are well."""
        self.wait_until(lambda: not self.client.unhealthy(), "a healthy Airflow", START_SECONDS)

    def wait_until(
        self,
        condition: Callable[[], Any],
        what: str,
        seconds: float,
        poll_seconds: float = POLL_SECONDS,
    ) -> Any:
        """Give the condition's value once it is true.

        :raises TimeoutError: if that takes too long
        :raises ProcessEndedError: if a component ends meanwhile
        """
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            self.processes.check()
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} took longer than {seconds:.0f} s")
            time.sleep(poll_seconds)
        return value

    def _environment(self) -> dict[str, str]:
        folders = (self.layout.plugins, self.layout.repository)
        path = os.pathsep.join(map(str, folders))
        return {**self._home.environment(), **self._settings, "PYTHONPATH": path}

    def _prepare_database(self) -> None:
        if not self._home.copy_template():
            subprocess.run(
                self._home.initialise_command(),
                env=self._environment(),
                check=True,
                stdout=subprocess.DEVNULL,
            )
            self._home.save_template()

    def _wait_until_up(self) -> None:
        """Wait until each Dag file has been parsed, and let the Dags run."""
        self.wait_until_healthy()
        self.client.warm_up()
        self.wait_until(self._dags_are_parsed, "the parsing of the Dags", START_SECONDS)
        for dag_id in self.client.dag_ids():
            self.client.unpause(dag_id)

    def _dags_are_parsed(self) -> bool:
        broken = self.client.import_errors()
        if broken:
            raise RuntimeError("\n".join(broken.values()))
        return self._awaited <= self.client.dag_ids()
