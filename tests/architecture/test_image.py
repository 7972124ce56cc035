"""The Dockerfile installs what is locked, copies what exists, and its commands are understood."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys

from packaging.requirements import Requirement

from tests.architecture.compose_file import services
from tests.architecture.repository import ROOT

INSTRUCTIONS = re.sub(
    r"\\\n\s*",
    "",
    re.sub(r"(?m)^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8")),
).splitlines()


def instructions(keyword: str) -> list[str]:
    """Return the arguments of every instruction of a kind, continued lines joined."""
    return [line.split(maxsplit=1)[1] for line in INSTRUCTIONS if line.startswith(f"{keyword} ")]


def sources() -> set[str]:
    """Return what the Dockerfile copies out of the repository."""
    return {
        word
        for copied in instructions("COPY")
        for word in copied.split()[:-1]
        if not word.startswith("--")
    }


def test_the_image_is_the_airflow_that_is_locked() -> None:
    """Base image, lock file and tests have the same Airflow, on the Python the SDK resolves for."""
    (base,) = [value.split("=")[1] for value in instructions("ARG")]
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pinned = re.search(r"(?m)^apache-airflow==(\S+)", lock)

    assert pinned
    assert base == f"apache/airflow:{pinned[1]}-python3.11"


def test_every_build_target_is_a_stage() -> None:
    """The compose file builds stages that exist, and every stage is used."""
    stages = {stage.split(" AS ")[1] for stage in instructions("FROM")}
    targets = {service["build"]["target"] for service in services().values() if "build" in service}

    assert targets == stages


def test_everything_installed_is_locked() -> None:
    """Packages come in by hash; only the provider itself is installed from its source."""
    installs = [
        command
        for line in instructions("RUN")
        for command in line.split("&&")
        if "pip install" in command
    ]
    unlocked = [command for command in installs if "--require-hashes" not in command]

    assert len(installs) == 4
    assert [command.split("install")[1].split() for command in unlocked] == [
        ["--no-cache-dir", "--no-deps", "--editable", "."]
    ]


def test_everything_copied_exists_and_is_sent() -> None:
    """Each source of a COPY is in the repository and let through by .dockerignore, and no more."""
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = {line.removeprefix("!") for line in ignore if line.startswith("!")}

    assert "*" in ignore
    assert sent == sources()
    assert [name for name in sources() if not (ROOT / name).exists()] == []


def embedded_command() -> list[str]:
    """Return the words of the shell command by which compose starts the embedded AWS."""
    shell, option, command = services()["local-aws"]["command"]
    assert (shell, option) == ("bash", "-c")
    words = shlex.split(command)
    return words[words.index("exec") + 1 :]


def test_the_jobs_environment_is_the_jobs_lock() -> None:
    """Beside the embedded AWS stands the environment its jobs run in, and the command names it."""
    command = embedded_command()
    (install,) = [line for line in instructions("RUN") if "venv" in line]

    assert "--requirement include/flights/jobs/requirements.txt" in install
    assert command[command.index("--jobs-python") + 1] == "/opt/airflow/jobs/bin/python"


def test_the_embedded_aws_understands_its_command() -> None:
    """Every option the compose file gives to the embedded AWS is one it has."""
    command = embedded_command()
    result = subprocess.run(
        [sys.executable, *command[1:3], "--help"],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": ""},
        text=True,
    )
    known = set(re.findall(r"--[a-z-]+", result.stdout))

    assert command[:3] == ["python", "-m", "include.local_aws"]
    assert {word for word in command if word.startswith("--")} <= known


def test_the_embedded_aws_is_reached_through_its_forwarder() -> None:
    """The forwarder listens where the port is published and hands on to the server's own."""
    words = shlex.split(services()["local-aws"]["command"][2])
    command = embedded_command()
    outside = services()["local-aws"]["ports"][0].split(":")[-1]
    inside = command[command.index("--port") + 1]

    assert words[: words.index("&")] == [
        "socat",
        f"TCP-LISTEN:{outside},fork,reuseaddr",
        f"TCP:127.0.0.1:{inside}",
    ]
    assert any("socat" in line for line in instructions("RUN"))


def test_the_image_needs_nothing_that_is_not_locked() -> None:
    """What the provider's metadata asks for is satisfied by the image's lock file."""
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    block = re.search(r"(?s)\ndependencies = \[(.*?)\n\]", pyproject)

    assert block
    for text in re.findall(r'"([^"]+)"', block[1]):
        wanted = Requirement(text)
        pinned = re.search(rf"(?m)^{re.escape(wanted.name)}(?:\[[^\]]*\])?==(\S+)", lock)

        assert pinned, wanted.name
        assert pinned[1] in wanted.specifier
