"""Nothing is committed that belongs to one machine: no paths, hosts, keys or heavy files.

The pre-commit hook runs this file too. Its patterns are put together from pieces so that they do
not find themselves.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.architecture.repository import relative, repository_files

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_FILE_BYTES = 1_000_000

MACHINE_FOLDERS = "work|farm|root"
ARCHIVES = r"whl|tar\.gz"
INDEX_HOSTS = r"pypi|files\.pythonhosted|test\.pypi"
INDEX_OPTIONS = "index-url|extra-index-url|find-links|index|default-index"

FORBIDDEN = {
    "a path of one machine": rf"(?:^|[^A-Za-z0-9_.-])/(?:{MACHINE_FOLDERS})/",
    "the URL of a package": rf"https?://(?!127\.0\.0\.1|localhost)[^\s\"'`)]+\.(?:{ARCHIVES})\b",
    "the host of a package index": rf"\b(?:{INDEX_HOSTS})\.org\b",
    "an option that names an index": rf"--(?:{INDEX_OPTIONS})(?=[\s=]|$)",
    "a private key": rf"-----BEGIN {'(?:[A-Z]+ )*'}PRIVATE KEY-----",
    "an AWS access key": r"\b(?:AKIA|ASIA)(?![A-Z0-9]*EXAMPLE)[A-Z0-9]{16}\b",
}

# A string of each kind that must be found, and one like it that must not.
SPECIMENS = {
    "a path of one machine": (f"see /{'work'}/main", f"see include/{'work'}/main"),
    "the URL of a package": (f"https:{'//'}a.b/c-1.0.tar.gz", "s3://bucket/model.tar.gz"),
    "the host of a package index": (f"{'pypi'}.org", "a package index"),
    "an option that names an index": (f"--{'index'}-url x", "--indexed"),
    "a private key": (f"-----BEGIN RSA {'PRIVATE'} KEY-----", "BEGIN PRIVATE"),
    "an AWS access key": (f"AKIA{'2' * 16}", "AKIAIOSFODNN7EXAMPLE"),
}


def texts() -> list[tuple[Path, str]]:
    """Return every committed file that is text, with its text."""
    found = []
    for path in repository_files():
        content = path.read_bytes()
        if b"\0" not in content:
            found.append((path, content.decode("utf-8")))
    return found


def findings(pattern: str) -> list[str]:
    """Return `file:line` for every line of the repository that a pattern matches."""
    search = re.compile(pattern).search
    return [
        f"{relative(path)}:{number}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if search(line)
    ]


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_no_file_holds(kind: str) -> None:
    """Whoever clones the repository finds nothing in it of where it was made."""
    assert findings(FORBIDDEN[kind]) == []


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_the_pattern_finds_its_specimen(kind: str) -> None:
    """Each pattern finds what it is for and spares what only looks like it."""
    bad, good = SPECIMENS[kind]

    assert re.search(FORBIDDEN[kind], bad)
    assert not re.search(FORBIDDEN[kind], good)


def test_no_file_is_heavy() -> None:
    """Data and artefacts are made or downloaded, not committed."""
    heavy = {
        relative(path): path.stat().st_size
        for path in repository_files()
        if path.stat().st_size > LARGEST_FILE_BYTES
    }

    assert heavy == {}


def test_no_secrets_file_is_committed() -> None:
    """`.env` holds an installation's secrets; only its example is shared."""
    named = {path.name for path in repository_files()}

    assert ".env.example" in named
    assert ".env" not in named
