"""An Airflow home is closed to the outside and quick to start."""

from __future__ import annotations

import json
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from include.stack.airflow_home import COMPONENTS, AirflowHome, Secrets
from include.stack.layout import Layout

if TYPE_CHECKING:
    from pathlib import Path


def home_in(repository: Path, name: str = "run") -> AirflowHome:
    """Return a home in a checkout of its own."""
    layout = Layout(name=name, repository=repository)
    layout.create()
    return AirflowHome(
        layout=layout, port=8081, endpoint_url="http://127.0.0.1:4567", parse_seconds=30
    )


@pytest.fixture
def home(tmp_path: Path) -> AirflowHome:
    """Return a home in a checkout of its own."""
    return home_in(tmp_path)


def fill(database: Path, text: str) -> None:
    """Make a sqlite database with a row, still in its write-ahead log."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE note (text TEXT)")
        connection.execute("INSERT INTO note VALUES (?)", (text,))
        connection.commit()


def note_in(database: Path) -> str:
    """Return the row of a database."""
    with closing(sqlite3.connect(database)) as connection:
        return str(connection.execute("SELECT text FROM note").fetchone()[0])


def test_the_secrets_are_readable_by_their_owner_alone(home: AirflowHome) -> None:
    """The file that signs tokens has mode 600."""
    home.environment()

    mode = stat.S_IMODE((home.layout.airflow_home / "secrets.json").stat().st_mode)
    assert mode == 0o600


def test_all_processes_of_a_home_share_its_secrets(home: AirflowHome) -> None:
    """Tokens that one component signs are accepted by the others, after a restart too."""
    assert Secrets.of(home.layout.airflow_home) == Secrets.of(home.layout.airflow_home)


def test_homes_do_not_share_secrets(tmp_path: Path) -> None:
    """Each home makes its own."""
    first, second = home_in(tmp_path, "run"), home_in(tmp_path, "up")

    assert Secrets.of(first.layout.airflow_home) != Secrets.of(second.layout.airflow_home)


def test_nothing_of_the_callers_configuration_reaches_airflow(
    home: AirflowHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newcomer's own Airflow, AWS profile, proxy and Python path stay out."""
    caller = {
        "AIRFLOW__CORE__EXECUTOR": "KubernetesExecutor",
        "AIRFLOW__API__BASE_URL": "https://airflow.example.com",
        "AWS_PROFILE": "production",
        "AWS_ENDPOINT_URL": "https://example.com",
        "HTTP_PROXY": "http://proxy.example.com",
        "PYTHONPATH": "elsewhere",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    for key, value in caller.items():
        monkeypatch.setenv(key, value)

    environment = home.environment()

    assert {key for key, value in caller.items() if environment.get(key) == value} == set()


def test_every_server_is_told_to_stay_on_loopback(home: AirflowHome) -> None:
    """The api-server binds 127.0.0.1; the log servers, which cannot, are not started."""
    assert home.environment()["AIRFLOW__API__HOST"] == "127.0.0.1"
    for component in ("scheduler", "triggerer"):
        assert "--skip-serve-logs" in COMPONENTS[component]


def test_the_connection_leads_to_the_embedded_aws_for_every_service(home: AirflowHome) -> None:
    """STS too, which the amazon provider asks elsewhere by default."""
    connection = json.loads(home.environment()["AIRFLOW_CONN_AWS_DEFAULT"])

    assert connection["conn_type"] == "aws"
    assert connection["extra"]["endpoint_url"] == "http://127.0.0.1:4567"
    assert connection["extra"]["service_config"]["sts"]["endpoint_url"] == "http://127.0.0.1:4567"


def test_a_new_home_starts_from_the_template(tmp_path: Path) -> None:
    """The tables are made once for each version of Airflow."""
    first = home_in(tmp_path, "up")
    fill(first.database, "tables")
    first.save_template()
    second = home_in(tmp_path, "run")
    assert not second.is_current()

    assert second.copy_template()

    assert note_in(second.database) == "tables"
    assert second.is_current()


def test_without_a_template_nothing_is_copied(home: AirflowHome) -> None:
    """The first home of all has to make its tables."""
    assert not home.copy_template()
    assert not home.is_current()


def test_a_database_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    """What `make up` keeps over restarts is not lost to a template."""
    home = home_in(tmp_path, "up")
    fill(home.database, "empty")
    home.save_template()
    with closing(sqlite3.connect(home.database)) as connection:
        connection.execute("UPDATE note SET text = 'runs'")
        connection.commit()

    assert not home.copy_template()

    assert note_in(home.database) == "runs"


def test_a_database_of_another_version_is_not_current(home: AirflowHome) -> None:
    """After an upgrade of Airflow a kept database has to be migrated."""
    fill(home.database, "runs")
    (home.layout.airflow_home / "metadata-2.0.0").touch()

    assert not home.is_current()

    home.mark_current()
    assert home.is_current()
    assert not (home.layout.airflow_home / "metadata-2.0.0").exists()
