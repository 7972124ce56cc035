"""Files and functions stay small enough to be read at a sitting."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.architecture.repository import SOURCE_FOLDERS, python_files, relative

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_FILE = 500
LONGEST_FUNCTION = 40

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(source: str) -> Iterator[Function]:
    """Yield every function and method of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    """Return a function's lines from `def` to its end, its docstring not counted."""
    first = function.body[0]
    docstring = (
        (first.end_lineno or first.lineno) - first.lineno + 1
        if ast.get_docstring(function, clean=False) is not None
        else 0
    )
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring


def test_no_file_is_too_long() -> None:
    """A file holds one idea; beyond the limit it holds two."""
    lengths = {
        relative(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files(*SOURCE_FOLDERS)
    }

    assert lengths
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_too_long() -> None:
    """A function does one thing and is read top-down."""
    found = [
        f"{relative(path)}:{function.lineno} {function.name} has {length(function)} lines"
        for path in python_files(*SOURCE_FOLDERS)
        for function in functions(path.read_text(encoding="utf-8"))
        if length(function) > LONGEST_FUNCTION
    ]

    assert found == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("def f():\n    return 1\n", 2),
        ('def f():\n    """One."""\n    return 1\n', 2),
        ('async def f(\n    a,\n):\n    """One.\n\n    Two.\n    """\n    return a\n', 4),
    ],
)
def test_a_docstring_does_not_count(source: str, lines: int) -> None:
    """What a function promises is not what makes it long."""
    (function,) = functions(source)

    assert length(function) == lines


def test_the_measure_sees_methods(tmp_path: Path) -> None:
    """A method of a nested class is measured like any function."""
    source = tmp_path / "nested.py"
    source.write_text("class A:\n    class B:\n        def f(self):\n            return 1\n")

    assert [function.name for function in functions(source.read_text())] == ["f"]
