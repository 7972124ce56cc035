"""Where a task starts: in the triggerer at once, or on a worker first.

The rule, known when the Dag is parsed: a task can start from the trigger if its templated arguments
are plain values, or templates of nothing but what the triggerer knows for certain: `params`,
`run_id`, the run's dates, and `ti.xcom_pull(…, map_indexes=…)`. Airflow 3.3.2 hangs on an
`xcom_pull` without `map_indexes` there, and knows no macros and filters of a Dag's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_KNOWN = frozenset(
    {
        "dag_run",
        "data_interval_end",
        "data_interval_start",
        "ds",
        "ds_nodash",
        "logical_date",
        "params",
        "run_id",
        "task_instance",
        "ti",
        "ts",
        "ts_nodash",
    }
)
_TASK_INSTANCE = ("ti", "task_instance")
_MARKS = ("{{", "{%", "{#", "\n", "\r")
_ATTRIBUTES = frozenset({"dag_id", "map_index", "run_id", "task_id", "try_number", "xcom_pull"})


def why_worker(arguments: Mapping[str, Any]) -> str:
    """Say why a worker has to start the task; empty if it can start in the triggerer.

    :param arguments: the task's templated arguments by name, as the Dag gives them
    """
    return next((f"{name} {why}" for name, value in arguments.items() for why in _why(value)), "")


def is_template(text: str, *, files: Sequence[str] = ()) -> bool:
    """Tell whether Jinja may make something else of a text.

    :param files: endings of texts that name a template's file
    """
    return text.endswith(tuple(files)) or any(mark in text for mark in _MARKS)


def _why(value: Any) -> Iterator[str]:
    if value is None or isinstance(value, bool | int | float):
        return
    if isinstance(value, Mapping):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list | tuple):
        for entry in value:
            yield from _why(entry)
        return
    if not isinstance(value, str):
        yield f"is a {type(value).__name__}, which is worked out on a worker"
    elif "{{" in value or "{%" in value:
        yield from _why_template(value)


def _why_template(text: str) -> Iterator[str]:
    from jinja2 import Environment, TemplateSyntaxError, meta, nodes  # noqa: PLC0415

    environment = Environment(autoescape=True)
    try:
        tree = environment.parse(text)
    except TemplateSyntaxError as error:
        yield f"is no template: {error}"
        return
    own = {found.name for found in tree.find_all(nodes.Filter)} - environment.filters.keys()
    if own:
        yield f"uses the filter {', '.join(sorted(own))}"
        return
    foreign = meta.find_undeclared_variables(tree) - _KNOWN
    if foreign:
        yield f"uses {', '.join(sorted(foreign))}"
    for found in tree.find_all(nodes.Getattr):
        if _is_task_instance(found.node) and found.attr not in _ATTRIBUTES:
            yield f"uses ti.{found.attr}"
    for call in tree.find_all(nodes.Call):
        if _is_pull(call) and "map_indexes" not in {pair.key for pair in call.kwargs}:
            yield "pulls an XCom without map_indexes"


def _is_pull(call: Any) -> bool:
    return getattr(call.node, "attr", "") == "xcom_pull"


def _is_task_instance(node: Any) -> bool:
    return getattr(node, "name", "") in _TASK_INSTANCE
