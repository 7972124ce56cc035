"""What a script finds in a SageMaker container: directories, hosts, arguments, places to report."""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

OPT_ML = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
_MESSAGE_LIMIT = 1024  # what Describe shows of a failure or exit message


class JobError(Exception):
    """The job cannot be done; the message is one sentence for whoever started it."""


class Arguments(argparse.ArgumentParser):
    """Hyperparameters as arguments, spelt with `-` or `_` as the request has them."""

    def option(self, name: str, **settings: Any) -> None:
        """Add `--name`; words in it are separated by `-`."""
        spellings = dict.fromkeys((f"--{name}", f"--{name.replace('-', '_')}"))
        self.add_argument(*spellings, **settings)

    def error(self, message: str) -> NoReturn:
        """Report a bad argument as any other failure of the job."""
        raise JobError(f"bad arguments: {message}")


def at_least(minimum: float) -> Callable[[str], float]:
    """The type of an argument: a number from `minimum` on, whole if the minimum is an int."""
    kind = type(minimum)

    def read(text: str) -> float:
        value = kind(text)
        if not value >= minimum:
            raise argparse.ArgumentTypeError(f"{text} is less than {minimum}")
        return value

    read.__name__ = kind.__name__  # argparse calls a value invalid by this name
    return read


def channel(name: str) -> Path:
    """The directory of a training channel's files."""
    return _directory(f"SM_CHANNEL_{name.upper()}", f"input/data/{name}")


def model_directory() -> Path:
    """What is uploaded as model.tar.gz."""
    return _directory("SM_MODEL_DIR", "model")


def processing_input(name: str) -> Path:
    """The local path of a processing job's input."""
    return OPT_ML / "processing" / "input" / name


def processing_output(name: str) -> Path:
    """The local path of a processing job's output."""
    return OPT_ML / "processing" / "output" / name


def hosts() -> tuple[list[str], str]:
    """All hosts of the training job, the same order on each, and the name of this one."""
    if "SM_HOSTS" in os.environ:
        return sorted(json.loads(os.environ["SM_HOSTS"])), os.environ["SM_CURRENT_HOST"]
    config = OPT_ML / "input" / "config" / "resourceconfig.json"
    if not config.is_file():
        return ["algo-1"], "algo-1"
    resources = json.loads(config.read_text())
    return sorted(resources["hosts"]), resources["current_host"]


def job_name() -> str:
    """The name of the training job."""
    return os.environ.get("TRAINING_JOB_NAME", "")


def cpus() -> int:
    """How many CPUs this container's machine has."""
    return int(os.environ.get("SM_NUM_CPUS") or os.cpu_count() or 1)


def _directory(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable) or OPT_ML / default)


def exit_message(text: str) -> None:
    """Say what was done, on stdout and as the job's exit message."""
    print(text, flush=True)
    _tell("message", text)


def run(job: Callable[[], None]) -> None:
    """Run a script's main function; if it fails, say why where SageMaker reads it and exit 1."""
    try:
        job()
    except JobError as error:
        _fail(str(error))
    except Exception as error:  # noqa: BLE001  # whatever it is, the job's owner must read it
        traceback.print_exc()
        _fail(f"{type(error).__name__}: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else "no message"


def _fail(reason: str) -> NoReturn:
    print(f"FAILED: {reason}", file=sys.stderr)
    _tell("failure", reason)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)  # a plain exit waits for XGBoost's tracker, whose workers may be gone


def _tell(file: str, text: str) -> None:
    output = _directory("SM_OUTPUT_DIR", "output")
    output.mkdir(parents=True, exist_ok=True)
    (output / file).write_text(text[:_MESSAGE_LIMIT], encoding="utf-8")
