"""The best sandbox is found by trying, and what is missing has a reason."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from include.local_aws.jobs.namespaces import Sandbox, best_sandbox, why_not

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def fresh() -> Iterator[None]:
    """Forget what was found, before and after."""
    for cached in (why_not, best_sandbox):
        cached.cache_clear()
    yield
    for cached in (why_not, best_sandbox):
        cached.cache_clear()


@pytest.mark.usefixtures("fresh")
def test_bubblewrap_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without bwrap on the PATH, that is the reason, and something else is chosen."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert why_not(Sandbox.BUBBLEWRAP) == "bwrap is not installed"
    assert best_sandbox() is not Sandbox.BUBBLEWRAP


@pytest.mark.usefixtures("fresh")
@pytest.mark.skipif(sys.platform != "linux", reason="no namespaces on this system")
def test_a_bubblewrap_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bwrap that the kernel refuses is not used; its own words are the reason."""
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'No permissions to create new namespace' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    assert why_not(Sandbox.BUBBLEWRAP) == "No permissions to create new namespace"
    assert best_sandbox() is not Sandbox.BUBBLEWRAP


@pytest.mark.usefixtures("fresh")
def test_other_systems_have_no_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no Linux, jobs run without, and the reason says so."""
    monkeypatch.setattr(sys, "platform", "darwin")

    assert why_not(Sandbox.UNSHARE) == "darwin has no namespaces"
    assert best_sandbox() is Sandbox.NONE
