"""Failure reasons are worded and cut as SageMaker words and cuts them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from include.local_aws.jobs.failures import OutputTail, algorithm_error, user_script_error

if TYPE_CHECKING:
    from pathlib import Path


def tail_of(script: Path) -> OutputTail:
    """What a failing Python script leaves."""
    failed = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False
    )
    tail = OutputTail()
    for line in (failed.stdout + failed.stderr).splitlines():
        tail.add(line)
    return tail


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("print('hello')\nraise ValueError('bad')", "raise ValueError('bad')\nValueError: bad"),
        (
            "try:\n    1 / 0\nexcept Exception as e:\n    raise KeyError('x') from e",
            "raise KeyError('x') from e\nKeyError: 'x'",
        ),
        (
            "raise ValueError('two\\nlines')",
            "raise ValueError('two\\nlines')\nValueError: two\nlines",
        ),
        ("import sys; sys.exit('gave up')", "gave up"),
        ("import sys; sys.exit(1)", ""),
        ("for n in range(9): print(n)", "6\n7\n8"),
    ],
)
def test_the_message_is_the_error_and_not_what_led_to_it(
    tmp_path: Path, script: str, message: str
) -> None:
    """Of a traceback the exception counts, else the last lines."""
    (tmp_path / "train.py").write_text(script)

    assert tail_of(tmp_path / "train.py").error_message() == message


def test_the_failing_line_comes_with_the_exception() -> None:
    """Source is told, markers below it are not."""
    tail = OutputTail()
    for line in (
        "Traceback (most recent call last):",
        '  File "/opt/ml/code/train.py", line 3, in <module>',
        "    fit(x)",
        '  File "/opt/ml/code/train.py", line 2, in fit',
        "    return x / 0",
        "           ~~^~~",
        "ZeroDivisionError: division by zero",
    ):
        tail.add(line)

    assert tail.error_message() == "return x / 0\nZeroDivisionError: division by zero"


def test_the_toolkits_text_has_code_message_and_command() -> None:
    """ExecuteUserScriptError as sagemaker-training writes it."""
    text = user_script_error("no", exit_code=2, command=["python3", "t.py", "--eta", "1"])

    assert (
        text
        == 'ExecuteUserScriptError:\nExitCode 2\nErrorMessage "no"\nCommand "python3 t.py --eta 1"'
    )


def test_a_reason_is_cut_but_keeps_its_exit_code() -> None:
    """1024 characters at most, the exit code among them."""
    assert algorithm_error("why", 3) == "AlgorithmError: why, exit code: 3"
    reason = algorithm_error("x" * 5000, 137)
    assert len(reason) == 1024
    assert reason.endswith("x, exit code: 137")
