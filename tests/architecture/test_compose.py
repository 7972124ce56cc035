"""docker-compose.yaml is valid by the compose specification and keeps its promises.

No container engine runs where this is developed, so what is checked here is the file, not its run.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from tests.architecture.compose_file import (
    COMPOSE,
    document,
    example_environment,
    filled_environment,
    interpolated,
    services,
    variables,
)

if TYPE_CHECKING:
    from pathlib import Path

AIRFLOW = {
    "airflow-apiserver",
    "airflow-dag-processor",
    "airflow-init",
    "airflow-scheduler",
    "airflow-triggerer",
    "airflow-worker",
}
ONE_SHOT = {"airflow-init"}
SECRET = re.compile(r"PASSWORD|SECRET|_KEY$|TOKEN|REDISCLI_AUTH|CONN_")
COMMANDS = (["docker-compose"], ["docker", "compose"])


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    """Return a validator for the compose specification's own schema."""
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    return jsonschema.Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))


@pytest.fixture
def started() -> dict[str, Any]:
    """Return the compose file as an engine sees it, once the user has filled in the example."""
    result: dict[str, Any] = interpolated(document(), filled_environment())
    return result


def environment_of(service: str) -> dict[str, str]:
    """Return a service's environment as it is written."""
    found: dict[str, str] = services()[service].get("environment", {})
    return found


def test_the_file_is_valid_compose(
    validator: jsonschema.Draft202012Validator, started: dict[str, Any]
) -> None:
    """The compose specification's schema accepts the file with its variables filled in."""
    problems = [
        f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
        for error in validator.iter_errors(started)
    ]

    assert problems == []


def test_the_schema_refuses_what_is_not_compose(
    validator: jsonschema.Draft202012Validator, started: dict[str, Any]
) -> None:
    """The check can fail: a misspelt key is not valid."""
    started["services"]["redis"]["imagee"] = "redis"

    assert not validator.is_valid(started)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_compose_itself_accepts_the_file(command: list[str], tmp_path: Path) -> None:
    """Where a compose program is installed, it reads the file and finds the same services."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    if subprocess.run([*command, "version"], capture_output=True, check=False).returncode != 0:
        pytest.skip(f"{' '.join(command)} is not installed")
    filled = tmp_path / "filled.env"
    filled.write_text(
        "".join(f"{name}='{value}'\n" for name, value in filled_environment().items())
    )
    files_given = ["--env-file", str(filled), "--file", str(COMPOSE)]

    result = subprocess.run(
        [*command, *files_given, "--profile", "local", "config"],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        text=True,
    )

    assert result.returncode == 0, result.stderr
    assert set(yaml.safe_load(result.stdout)["services"]) == set(services())


def test_the_whole_of_airflow_is_there() -> None:
    """Every component of Airflow 3, its database and broker, and the embedded AWS are services."""
    assert set(services()) == AIRFLOW | {"postgres", "redis", "local-aws"}
    assert services()["postgres"]["image"].split(":")[1] == "16"
    assert services()["redis"]["image"].split(":")[1].startswith("7.")


def test_every_service_says_how_it_is() -> None:
    """What keeps running has a health check; what runs once ends and is not restarted."""
    unchecked = {name for name, service in services().items() if "healthcheck" not in service}

    assert unchecked == ONE_SHOT
    assert {services()[name]["restart"] for name in ONE_SHOT} == {"no"}


def test_dependencies_can_be_met() -> None:
    """A service waits for services that exist, that start with it, and that reach the state."""
    wrong = [
        f"{name} waits for {other} to be {wait['condition']}"
        for name, service in services().items()
        for other, wait in service.get("depends_on", {}).items()
        if other not in services()
        or services()[other].get("profiles", []) not in ([], service.get("profiles", []))
        or (wait["condition"] == "service_healthy" and other in ONE_SHOT)
        or (wait["condition"] == "service_completed_successfully" and other not in ONE_SHOT)
    ]

    assert wrong == []


def test_nothing_of_airflow_starts_before_its_database_is_migrated() -> None:
    """Every component waits for the one migration to have succeeded."""
    for name in AIRFLOW - ONE_SHOT:
        wait = services()[name]["depends_on"]["airflow-init"]

        assert wait == {"condition": "service_completed_successfully"}
    assert services()["airflow-init"]["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_the_embedded_aws_is_behind_a_profile() -> None:
    """Who uses AWS does not start it, and nothing else is optional."""
    optional = {name for name, service in services().items() if "profiles" in service}

    assert optional == {"local-aws"}
    assert services()["local-aws"]["profiles"] == ["local"]
    assert example_environment()["COMPOSE_PROFILES"] == "local"


def test_every_variable_is_explained() -> None:
    """Each variable of the compose file stands in .env.example, and no other does."""
    used = {match["name"] for match in variables(document())}

    assert used == set(example_environment()) - {"COMPOSE_PROFILES"}


def test_a_default_says_the_same_in_both_files() -> None:
    """A variable with a default in the compose file has that value in the example."""
    defaults = {
        match["name"]: match["rest"] for match in variables(document()) if match["kind"] == "-"
    }

    assert defaults
    assert defaults.items() <= example_environment().items()


def test_every_secret_comes_from_the_environment() -> None:
    """No service has a literal secret, and none starts with an empty one."""
    literal = [
        f"{name}: {key}"
        for name in services()
        for key, value in environment_of(name).items()
        if SECRET.search(key) and not key.endswith("_FILE")
        if not re.fullmatch(r"\$\{\w+:\?[^}]+\}", value)
    ]

    assert literal == []


def test_every_url_takes_its_password_from_the_environment() -> None:
    """A password inside a URL is a mandatory variable as well."""
    passwords = [
        match[1]
        for name in services()
        for value in environment_of(name).values()
        for match in re.finditer(r"://\w*:((?:\$\{[^}]*\}|[^@/])+)@", value)
    ]

    assert passwords
    assert [word for word in passwords if not re.fullmatch(r"\$\{\w+:\?[^}]+\}", word)] == []


def test_the_example_holds_no_secret() -> None:
    """Whoever forgets to fill in a secret gets an error, not a password known to all."""
    secret = {name for name in example_environment() if re.search(r"PASSWORD|SECRET|_KEY$", name)}

    assert len(secret) == 5
    assert {example_environment()[name] for name in secret} == {""}
    for name in secret:
        with pytest.raises(KeyError, match=name):
            interpolated(document(), {**filled_environment(), name: ""})


@pytest.mark.parametrize(
    "name",
    ["AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__API__SECRET_KEY", "AIRFLOW__CORE__FERNET_KEY"],
)
def test_all_of_airflow_shares_its_secrets(name: str) -> None:
    """A service with a secret of its own would refuse the others' tokens."""
    assert len({environment_of(service)[name] for service in AIRFLOW}) == 1


def test_the_administrator_has_no_default_password() -> None:
    """Airflow generates the password into a file that outlives the container, off the host."""
    path = environment_of("airflow-apiserver")["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]
    volumes = dict(
        reversed(entry.split(":")[:2]) for entry in services()["airflow-apiserver"]["volumes"]
    )

    assert volumes[path.rpartition("/")[0]] in document()["volumes"]
    assert "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS" not in environment_of(
        "airflow-apiserver"
    )


def test_ports_are_published_on_loopback_alone() -> None:
    """Nobody but this machine reaches a service."""
    published = [port for service in services().values() for port in service.get("ports", [])]

    assert len(published) == 2
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


@pytest.mark.parametrize("folder", ["dags", "include", "plugins"])
def test_the_project_is_mounted(folder: str) -> None:
    """What is edited here is what runs: every Airflow service reads the project's folders."""
    for name in AIRFLOW:
        assert f"./{folder}:/opt/airflow/{folder}:ro" in services()[name]["volumes"]
        assert environment_of(name)["PYTHONPATH"] == "/opt/airflow"


def test_the_connection_reaches_the_embedded_aws() -> None:
    """The example's connection names the service and port the embedded AWS listens on."""
    connection = json.loads(example_environment()["AIRFLOW_CONN_AWS_DEFAULT"])
    (port,) = services()["local-aws"]["ports"]
    endpoint = f"http://local-aws:{port.split(':')[-1]}"
    extra = connection["extra"]

    assert extra["endpoint_url"] == endpoint
    assert extra["service_config"]["sts"]["endpoint_url"] == endpoint
    # a bucket is not a host name that the compose network resolves
    assert extra["config_kwargs"]["s3"]["addressing_style"] == "path"
