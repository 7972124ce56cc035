"""The pages on operators show what was run, and name what there is."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker import exceptions
from tests.architecture.repository import PROVIDER, ROOT, relative
from tests.dags.airflow_process import airflow_at_work

if TYPE_CHECKING:
    from pathlib import Path

PAGES = sorted((ROOT / "docs").rglob("*.md"))
OPERATOR_PAGES = sorted((ROOT / "docs" / "operators").glob("*.md"))
SHARED_PAGE = ROOT / "docs" / "operators" / "job_operators.md"
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.py"))
QUOTE = re.compile(
    r"<!-- (?P<file>[\w/.]+\.py): (?P<part>\w+) -->\n```python\n(?P<text>.*?)```\n", re.DOTALL
)
TITLE = re.compile(r"# (?P<name>\w+)\n\n`(?P<module>[\w.]+)`")
ROW = re.compile(r"^\| `([a-z]\w*)`", re.MULTILINE)
DIFF = re.compile(
    r"<!-- (?P<file>[\w/.]+\.py): (?P<parts>[\w, ]+) -->\n```diff\n(?P<text>.*?)```\n", re.DOTALL
)
# what other operators are made from; nobody puts one into a Dag
BASES = {
    "ConnectedOperator",
    "EndpointChangeOperator",
    "HostingResourceDeleteOperator",
    "HostingResourceOperator",
    "SageMakerJobOperator",
    "SageMakerSensor",
}


def text_of(path: Path) -> str:
    """Read a file."""
    return path.read_text(encoding="utf-8")


def quotes(page: Path) -> list[tuple[str, str, str]]:
    """Give file, part and text of each quotation on a page."""
    return [(m["file"], m["part"], m["text"]) for m in QUOTE.finditer(text_of(page))]


def part_of(file: str, part: str) -> str:
    """Give what stands between a part's markers in a file."""
    _, _, rest = text_of(ROOT / file).partition(f"# [start: {part}]\n")
    inside, end, _ = rest.partition(f"# [end: {part}]")
    assert end, f"{file} has no part {part}"
    return textwrap.dedent(inside[: inside.rfind("\n")]).rstrip() + "\n"


def classes() -> dict[str, str]:
    """Give the module of every operator and sensor."""
    found = {}
    for room in ("operators", "sensors"):
        for path in (PROVIDER / room).glob("*.py"):
            for node in ast.parse(text_of(path)).body:
                if isinstance(node, ast.ClassDef) and node.name.endswith(("Operator", "Sensor")):
                    found[node.name] = f"{PROVIDER.name}.{room}.{path.stem}"
    return found


def parameters(cls: type[Any], *, of: str = "") -> set[str]:
    """Give what a class and those it is made from, in modules that begin so, can be given."""
    bases = [base for base in cls.__mro__ if base.__module__.startswith(of)]
    makers = [vars(base)["__init__"] for base in bases if "__init__" in vars(base)]
    return {name for maker in makers for name in inspect.signature(maker).parameters}


def told(page: Path) -> set[str]:
    """Give the parameters in a page's table."""
    _, _, rest = text_of(page).partition("\n## Parameters\n")
    return set(ROW.findall(rest.partition("\n## ")[0]))


def page_class(page: Path) -> type[Any]:
    """Give the class that a page is about."""
    title = TITLE.match(text_of(page))
    assert title, "a page begins with its class and the module it is in"
    cls: type[Any] = getattr(importlib.import_module(title["module"]), title["name"])
    return cls


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_a_page_quotes_its_example_word_for_word(page: Path) -> None:
    """Change the example, then copy what is between its markers onto the page."""
    found = {(file, part): text for file, part, text in quotes(page)}

    assert found == {key: part_of(*key) for key in found}


@pytest.mark.parametrize("page", OPERATOR_PAGES, ids=relative)
def test_no_code_on_an_operator_s_page_is_untested(page: Path) -> None:
    """Every block of Python is a quotation."""
    assert text_of(page).count("```python") == len(quotes(page))


@pytest.mark.parametrize("example", EXAMPLES, ids=relative)
def test_every_example_is_quoted(example: Path) -> None:
    """Nobody would find it otherwise."""
    shown = {file for page in PAGES for file, _, _ in quotes(page)}

    assert relative(example) in shown | {diff["file"] for diff in diffs()}


def diffs() -> list[re.Match[str]]:
    """Give every difference shown on a page."""
    return [diff for page in PAGES for diff in DIFF.finditer(text_of(page))]


def side(diff: str, sign: str) -> str:
    """Give one side of a difference."""
    lines = (line if line.strip() else " \n" for line in diff.splitlines(keepends=True))
    return "".join(line[1:] for line in lines if line[0] in {" ", sign})


def test_a_migrated_task_is_its_example() -> None:
    """What was added is what is run by the examples' test, and is as short as is said."""
    (diff,) = diffs()
    parts = [part_of(diff["file"], part) for part in diff["parts"].split(", ")]

    assert side(diff["text"], "+") == "\n".join(parts)
    assert f"\n{diff['text']}".count("\n-") == 5


def test_what_is_migrated_from_works() -> None:
    """The amazon provider takes what the migration page starts from."""
    from airflow.sdk import DAG  # noqa: PLC0415

    (diff,) = diffs()
    names: dict[str, Any] = {"DAG": DAG, "TRAINING": {}}
    with airflow_at_work():
        exec(side(diff["text"], "-"), names)  # noqa: S102 - it is a page of ours

    assert names["SageMakerTrainingOperator"].__module__.startswith("airflow.providers.amazon.")


def test_every_link_to_a_section_leads_to_one() -> None:
    """A heading that is renamed takes its links along."""
    lost = [
        f"{relative(page)}: {target}#{anchor}"
        for page in PAGES
        for target, anchor in re.findall(r"\]\(([\w./]*\.md)?#([\w-]+)\)", text_of(page))
        if anchor not in anchors(page.parent / target if target else page)
    ]

    assert lost == []


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_every_operator_of_the_peer_is_in_the_migration_table() -> None:
    """Nobody looks in vain for what becomes of a task."""
    from airflow.providers.amazon.aws.operators import sagemaker as operators  # noqa: PLC0415
    from airflow.providers.amazon.aws.sensors import sagemaker as sensors  # noqa: PLC0415
    from airflow.providers.amazon.aws.triggers import sagemaker as triggers  # noqa: PLC0415

    theirs = {
        name
        for module in (operators, sensors, triggers)
        for name, value in vars(module).items()
        if name.startswith("SageMaker")
        and getattr(value, "__module__", "") == module.__name__
        and not name.startswith("SageMakerBase")
    }
    page = text_of(ROOT / "docs" / "migration.md")

    assert {"SageMakerTrainingOperator", "SageMakerTuningSensor", "SageMakerTrigger"} <= theirs
    assert {name for name in theirs if f"`{name}`" not in page} == set()


def test_every_operator_and_sensor_is_on_a_page() -> None:
    """A reader finds each, and none that is not there."""
    named = {
        name
        for page in OPERATOR_PAGES
        for name in re.findall(r"\b(\w+(?:Operator|Sensor))\b", text_of(page))
    }

    assert sorted(set(classes()) - BASES - named) == []
    assert sorted(named - set(classes())) == []


@pytest.mark.parametrize("page", OPERATOR_PAGES, ids=relative)
def test_a_page_s_parameters_exist(page: Path) -> None:
    """A table's first column names what the page's operator can be given."""
    assert sorted(told(page) - parameters(page_class(page))) == []


@pytest.mark.parametrize("page", OPERATOR_PAGES, ids=relative)
def test_every_parameter_is_explained(page: Path) -> None:
    """What a page leaves out is on the page of all job operators, which it leads to."""
    ours = parameters(page_class(page), of=PROVIDER.name) - {"self", "kwargs"}
    leads_on = "(job_operators.md" in text_of(page)

    assert sorted(ours - told(page) - (told(SHARED_PAGE) if leads_on else set())) == []


@pytest.mark.parametrize("page", OPERATOR_PAGES, ids=relative)
def test_the_errors_of_a_page_exist(page: Path) -> None:
    """A reader catches them by name."""
    named = set(re.findall(r"`([A-Z]\w+Error)`", text_of(page)))

    assert [name for name in sorted(named) if not hasattr(exceptions, name)] == []


def test_every_error_of_a_job_is_explained() -> None:
    """What ends a job's task is told on the page of all job operators."""
    ours = (exceptions.RetryableError, exceptions.PermanentError, exceptions.JobNotCompletedError)
    bases = {"AwsCallError", "JobNotCompletedError", "PermanentError", "RetryableError"}
    ends = {
        name
        for name, cls in vars(exceptions).items()
        if isinstance(cls, type) and issubclass(cls, ours) and name not in bases
    }

    assert sorted(name for name in ends if f"`{name}`" not in text_of(SHARED_PAGE)) == []


def test_what_needs_no_page_is_made_into_others() -> None:
    """Nothing that somebody puts into a Dag hides among the bases."""
    loaded = [getattr(importlib.import_module(module), name) for name, module in classes().items()]
    bases = {base.__name__ for cls in loaded for base in cls.__mro__[1:]}

    assert sorted(BASES - bases) == []
