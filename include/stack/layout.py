"""Where a stack keeps its things: all that `run` or `up` writes is in one folder of `build/`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The folders of one stack, `run` or `up`."""

    name: str
    repository: Path = REPOSITORY

    @property
    def build(self) -> Path:
        """What this checkout produces, all stacks."""
        return self.repository / "build"

    @property
    def root(self) -> Path:
        """Everything of this stack."""
        return self.build / self.name

    @property
    def airflow_home(self) -> Path:
        """Airflow's home: its database, secrets and task logs."""
        return self.root / "airflow"

    @property
    def aws_state(self) -> Path:
        """The embedded AWS's state: records, objects, jobs."""
        return self.root / "aws"

    @property
    def logs(self) -> Path:
        """One log file for each process."""
        return self.root / "logs"

    @property
    def records(self) -> Path:
        """One record for each process, while it runs."""
        return self.root / "processes"

    @property
    def summary(self) -> Path:
        """The run's result."""
        return self.root / "summary.json"

    @property
    def lock(self) -> Path:
        """The file that says which stack runs in this checkout."""
        return self.build / "stack.lock"

    @property
    def addresses(self) -> Path:
        """The file that is there while a stack is up in the background."""
        return self.root / "addresses.json"

    @property
    def driver_log(self) -> Path:
        """What the background driver says."""
        return self.logs / "stack.log"

    @property
    def dags(self) -> Path:
        """The project's Dag files."""
        return self.repository / "dags"

    @property
    def plugins(self) -> Path:
        """The provider's source root, which is Airflow's plugins folder."""
        return self.repository / "plugins"

    @property
    def python(self) -> Path:
        """The interpreter of the project's environment, the one that runs this."""
        return Path(sys.executable)

    @property
    def jobs_python(self) -> Path:
        """The interpreter of the jobs' world."""
        return self.repository / ".venv-jobs" / "bin" / "python"

    def create(self) -> None:
        """Create the folders."""
        for folder in (self.airflow_home, self.aws_state, self.logs, self.records):
            folder.mkdir(parents=True, exist_ok=True)
