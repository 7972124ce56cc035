"""Documents point at what exists, and decisions can be cited by number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.architecture.repository import ROOT, relative, repository_files

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTS = [path for path in repository_files() if path.suffix == ".md"]
DECISIONS = [path for path in DOCUMENTS if path.parent == ROOT / "docs" / "adr"]
SECTIONS = ("Context", "Decision", "Consequences", "Rejected")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")
# `folder/file` in prose: a path of ours if its first folder is
QUOTED_PATH = re.compile(r"`((?:plugins|include|dags|tests|docs|benchmarks)/[\w./-]+)`")

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=relative)


def without_code(document: Path) -> str:
    """Return a document's prose, its code blocks left out."""
    return re.sub(r"(?ms)^```.*?^```$", "", document.read_text(encoding="utf-8"))


@every_document
def test_links_lead_somewhere(document: Path) -> None:
    """A reader who follows a link within the repository finds what it promises."""
    targets = LINK.findall(without_code(document))

    assert [target for target in targets if not (document.parent / target).exists()] == []


@every_document
def test_quoted_paths_exist(document: Path) -> None:
    """A path that a document names is one that a reader can open."""
    paths = QUOTED_PATH.findall(without_code(document))

    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_make_targets_named_in_documents_exist() -> None:
    """Every `make target` a document tells the reader to call is in the Makefile.

    `bench-%` there stands for the modules of `benchmarks`.
    """
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    known = set(re.findall(r"(?m)^([a-z][a-z-]*)(?=[%:])", makefile))
    known |= {f"bench-{path.stem.replace('_', '-')}" for path in ROOT.glob("benchmarks/*.py")}
    named = {
        target
        for document in DOCUMENTS
        for target in re.findall(r"`make ([a-z][a-z-]*)", document.read_text(encoding="utf-8"))
    }

    assert {"run", "test", "lint"} <= named
    assert {target for target in named if target not in known} == set()


def test_no_two_decisions_share_a_number() -> None:
    """Numbers are given by hand, so two people can take the same one."""
    numbers = [path.name.split("-")[0] for path in DECISIONS]

    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.name)
def test_a_decision_has_the_form(decision: Path) -> None:
    """A record says what was known, what was decided, what follows, and what was not chosen."""
    text = decision.read_text(encoding="utf-8")
    headings = re.findall(r"(?m)^## (\w+)", text)

    assert text.startswith(f"# {int(decision.name[:4])}. ")
    assert [section for section in SECTIONS if section not in headings] == []
