"""The pre-commit hooks run what the environment has; they download nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.architecture.repository import ROOT

CONFIGURATION = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
HOOKS: list[dict[str, Any]] = [hook for repo in CONFIGURATION["repos"] for hook in repo["hooks"]]


def test_no_hook_comes_from_elsewhere() -> None:
    """A hook from a repository would need a network, and a second version of each tool."""
    assert [repo["repo"] for repo in CONFIGURATION["repos"]] == ["local"]
    assert {hook["language"] for hook in HOOKS} == {"system"}


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_starts_something_that_exists(hook: dict[str, Any]) -> None:
    """Every program and file in a hook's command is there: in the environment, or in the tree."""
    paths = [word for word in hook["entry"].split() if re.match(r"(?:\.venv|tests)/", word)]
    targets = re.findall(r"^make (\S+)", hook["entry"])
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert paths or targets
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert [target for target in targets if f"\n{target}:" not in makefile] == []
