"""A real Airflow in a folder: its environment, its database and the commands of its components.

Sqlite and the LocalExecutor, every server on 127.0.0.1, every visitor an admin (SimpleAuthManager),
short intervals so that runs flow quickly on two cores. Nothing of the caller's Airflow or AWS
configuration is inherited.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from include.stack.aws_client import ACCESS_KEY, REGION
from include.stack.environment import base_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from include.stack.layout import Layout

DATABASE = "airflow.db"
PARALLELISM = 4
LOCKED_SECONDS = 60  # how long a process waits for another one's write, on a loaded machine
INITIALISE = "from airflow.utils.db import initdb; initdb()"

# The api-server needs longest to start, so it starts first.
COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "api-server": ("api-server",),
    "dag-processor": ("dag-processor",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """The keys that Airflow's processes share; made once for each home."""

    jwt: str
    fernet: str
    session: str

    @classmethod
    def of(cls, home: Path) -> Secrets:
        """Read the home's secrets; make them, readable by their owner alone, if there are none."""
        path = home / "secrets.json"
        if not path.exists():
            made = {
                "jwt": secrets.token_urlsafe(64),
                "fernet": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
                "session": secrets.token_urlsafe(32),
            }
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(made, file)
        return cls(**json.loads(path.read_text(encoding="utf-8")))


@dataclass(frozen=True, kw_only=True)
class AirflowHome:
    """An Airflow that is to run in a layout's folder.

    :param port: of the api-server, on 127.0.0.1.
    :param endpoint_url: of the embedded AWS; the connection `aws_default` points there.
    :param parse_seconds: how long a parsed Dag file is good for; a run's files do not change.
    """

    layout: Layout
    port: int
    endpoint_url: str
    parse_seconds: int

    @property
    def url(self) -> str:
        """Where the UI and the REST API are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        """The sqlite file."""
        return self.layout.airflow_home / DATABASE

    @property
    def template(self) -> Path:
        """An empty database of this Airflow's version, copied into new homes."""
        return self.layout.build / "airflow" / f"metadata-{version('apache-airflow')}.db"

    def environment(self) -> dict[str, str]:
        """Return the whole environment of every Airflow process."""
        home = self.layout.airflow_home
        settings = {f"AIRFLOW__{key}": value for key, value in self._settings().items()}
        return {
            **base_environment(self.layout),
            **settings,
            "AIRFLOW_HOME": str(home),
            "AIRFLOW_CONN_AWS_DEFAULT": connection(self.endpoint_url),
        }

    def _settings(self) -> dict[str, str]:
        return {
            **self._core_settings(),
            **self._pace(),
            "API__BASE_URL": self.url,
            "API__HOST": "127.0.0.1",
            "API__PORT": str(self.port),
            "API__WORKERS": "1",
            "LOGGING__COLORED_CONSOLE_LOG": "False",
        }

    def _core_settings(self) -> dict[str, str]:
        keys = Secrets.of(self.layout.airflow_home)
        return {
            "API__SECRET_KEY": keys.session,
            "API_AUTH__JWT_SECRET": keys.jwt,
            "CORE__DAGS_FOLDER": str(self.layout.dags),
            "CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "CORE__EXECUTOR": "LocalExecutor",
            "CORE__FERNET_KEY": keys.fernet,
            "CORE__HOSTNAME_CALLABLE": "socket.gethostname",
            "CORE__LOAD_EXAMPLES": "False",
            "CORE__PARALLELISM": str(PARALLELISM),
            "CORE__PLUGINS_FOLDER": str(self.layout.plugins),
            "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.database}?timeout={LOCKED_SECONDS}",
        }

    def _pace(self) -> dict[str, str]:
        """Return the intervals: quick to notice work, slow to repeat what does not change."""
        return {
            "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": str(self.parse_seconds),
            "DAG_PROCESSOR__PRINT_STATS_INTERVAL": "0",
            "DAG_PROCESSOR__REFRESH_INTERVAL": str(self.parse_seconds),
            "DAG_PROCESSOR__STALE_DAG_THRESHOLD": str(self.parse_seconds + 50),
            "SAGEMAKER__DEFERRAL_HOLD": "5",
            "SCHEDULER__JOB_HEARTBEAT_SEC": "2",
            "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
            "TRIGGERER__JOB_HEARTBEAT_SEC": "1",
        }

    def command(self, component: str) -> list[str | Path]:
        """Return the command line of a component."""
        return [self.layout.python, "-m", "airflow", *COMPONENTS[component]]

    def initialise_command(self) -> list[str | Path]:
        """Return the command line that creates the tables of an empty database."""
        return [self.layout.python, "-c", INITIALISE]

    def migrate_command(self) -> list[str | Path]:
        """Return the command line that brings an older database to this Airflow's version."""
        return [self.layout.python, "-m", "airflow", "db", "migrate"]

    def is_current(self) -> bool:
        """Tell whether the home has a database of this Airflow's version."""
        return self.database.exists() and self._stamp().is_file()

    def copy_template(self) -> bool:
        """Start from the template, if there is one; tell whether there was."""
        if not self.template.exists() or self.database.exists():
            return False
        _copy_database(self.template, self.database)
        self.mark_current()
        return True

    def save_template(self) -> None:
        """Keep a copy of the database, which was just created, for homes to come."""
        self.template.parent.mkdir(parents=True, exist_ok=True)
        partial = self.template.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        _copy_database(self.database, partial)
        partial.replace(self.template)

    def mark_current(self) -> None:
        """Note the version that the database is of."""
        for stamp in self.layout.airflow_home.glob("metadata-*"):
            stamp.unlink()
        self._stamp().touch()

    def _stamp(self) -> Path:
        return self.layout.airflow_home / self.template.stem


def _copy_database(source: Path, target: Path) -> None:
    """Copy a sqlite database whole, what is still in its write-ahead log included."""
    with closing(sqlite3.connect(source)) as reading, closing(sqlite3.connect(target)) as writing:
        reading.backup(writing)


def connection(endpoint_url: str) -> str:
    """Return the Airflow connection that leads to an AWS at this address."""
    return json.dumps(
        {
            "conn_type": "aws",
            "login": ACCESS_KEY,
            "password": ACCESS_KEY,
            "extra": {
                "region_name": REGION,
                "endpoint_url": endpoint_url,
                "service_config": {"sts": {"endpoint_url": endpoint_url}},
            },
        }
    )
