"""Runs the flights model's scripts as a container would: own Python, an /opt/ml of their own."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import shutil
import socket
import subprocess
import tarfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
JOBS = ROOT / "include" / "flights" / "jobs"
JOBS_PYTHON = ROOT / ".venv-jobs" / "bin" / "python"
PATIENCE_SECONDS = 120.0

Row = dict[str, str]


def environment(**variables: str) -> dict[str, str]:
    """Return a container's environment: of the test's own its path alone, plus `variables`."""
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC", **variables}


@dataclass(frozen=True)
class Ended:
    """How a script ended and what it told SageMaker."""

    code: int
    stdout: str
    stderr: str
    failure: str
    message: str


@dataclass(frozen=True)
class OptMl:
    """A directory in the place of /opt/ml."""

    path: Path

    @property
    def raw(self) -> Path:
        """Where a processing job finds raw days."""
        return self.path / "processing" / "input" / "raw"

    @property
    def features(self) -> Path:
        """Where the features job leaves its partitions."""
        return self.path / "processing" / "output" / "features"

    @property
    def test(self) -> Path:
        """Where the evaluation job finds its partitions."""
        return self.path / "processing" / "input" / "test"

    @property
    def model(self) -> Path:
        """Where a training job leaves the model."""
        return self.path / "model"

    def channel(self, name: str) -> Path:
        """Return where a training job finds a channel."""
        return self.path / "input" / "data" / name

    def report(self) -> dict[str, Any]:
        """Return what the evaluation job wrote."""
        path = self.path / "processing" / "output" / "evaluation" / "evaluation.json"
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def start(
        self, script: str, *arguments: str, variables: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start a script; its output goes to `<script>.out` and `.err` in this directory."""
        self.path.mkdir(parents=True, exist_ok=True)
        for told in ("failure", "message"):
            (self.path / "output" / told).unlink(missing_ok=True)
        with (
            (self.path / f"{script}.out").open("w") as out,
            (self.path / f"{script}.err").open("w") as err,
        ):
            return subprocess.Popen(
                [JOBS_PYTHON, JOBS / script, *arguments],
                cwd=self.path,
                env=environment(SAGEMAKER_BASE_DIR=str(self.path), **(variables or {})),
                stdout=out,
                stderr=err,
                text=True,
            )

    def ended(self, process: subprocess.Popen[str], script: str) -> Ended:
        """Wait for a script that was started and return what it said."""
        try:
            code = process.wait(PATIENCE_SECONDS)
        finally:
            process.kill()
            process.wait()
        return Ended(
            code,
            _text(self.path / f"{script}.out"),
            _text(self.path / f"{script}.err"),
            _text(self.path / "output" / "failure"),
            _text(self.path / "output" / "message"),
        )

    def run(
        self, script: str, *arguments: str, variables: Mapping[str, str] | None = None
    ) -> Ended:
        """Run a script to its end."""
        return self.ended(self.start(script, *arguments, variables=variables), script)

    def done(
        self, script: str, *arguments: str, variables: Mapping[str, str] | None = None
    ) -> Ended:
        """Run a script that must succeed."""
        result = self.run(script, *arguments, variables=variables)
        assert result.code == 0, result.stdout + result.stderr
        return result

    def give_model(self, place: str, model: Path) -> None:
        """Pack a model as SageMaker does and make it an input of a processing job."""
        archive = self.path / "processing" / "input" / place / "model.tar.gz"
        archive.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(model, arcname=".")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def days(first: str, last: str) -> list[date]:
    """Return the days from `first` to `last`, both included."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]


def copy_days(source: Path, chosen: Iterable[date], target: Path) -> None:
    """Copy the `date=` folders of some days."""
    for day in chosen:
        shutil.copytree(source / f"date={day}", target / f"date={day}", dirs_exist_ok=True)


def files(days: Iterable[date]) -> list[str]:
    """Return the names of the days' data files in a channel."""
    return [f"date={day}/part-00000.csv" for day in days]


def read_csv(path: Path) -> list[Row]:
    """Return the rows of a CSV file with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """Write rows to a CSV file with a header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def columns() -> list[dict[str, Any]]:
    """Return the columns of a features partition as the golden schema has them."""
    golden = Path(__file__).parent / "golden" / "schema.json"
    found: list[dict[str, Any]] = json.loads(golden.read_text(encoding="utf-8"))["columns"]
    return found


def partition(folder: Path) -> list[Row]:
    """Return the rows of a features partition by column name."""
    names = [column["name"] for column in columns()]
    lines = (folder / "part-00000.csv").read_text(encoding="utf-8").splitlines()
    return [dict(zip(names, line.split(","), strict=True)) for line in lines]


def in_jobs_world(program: str, question: Any = None, *, code: Path = JOBS) -> Any:
    """Run a program beside the scripts in `code`; it reads JSON from stdin and prints JSON."""
    result = subprocess.run(
        [JOBS_PYTHON, "-c", program],
        cwd=code,
        env=environment(PYTHONDONTWRITEBYTECODE="1"),
        input=json.dumps(question),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def training_hosts(
    hosts: Mapping[str, OptMl], *arguments: str, **variables: str
) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """Start one training process a host; whatever still runs in the end is killed."""
    common = {"SM_HOSTS": json.dumps(list(hosts)), "SM_NUM_CPUS": "2", **variables}
    port = str(free_port())
    processes = {
        host: opt_ml.start(
            "train.py",
            *("--port", port, *arguments),
            variables={"SM_CURRENT_HOST": host, **common},
        )
        for host, opt_ml in hosts.items()
    }
    try:
        yield processes
    finally:
        for process in processes.values():
            process.kill()
            process.wait()
