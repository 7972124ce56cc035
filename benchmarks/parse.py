"""`make bench-parse`: the first parse of a Dag file with our operators, and with the peer's.

Each figure is what a Dag file with five operators costs beyond an empty one, in a process of its
own in which Airflow's Dag processor is loaded already. Rounds are interleaved, and the figure is
the median of the rounds' differences. Bytecode is cached for all alike, by a round that is not
counted.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.report import Target, publish

ROUNDS = 11
SHARE = 1 / 8
"""Ours may cost this share of the peer's."""

PLUGINS = Path(__file__).resolve().parents[1] / "plugins"

EMPTY = """\
from airflow.sdk import DAG

with DAG("bench", schedule=None):
    pass
"""

OURS = """\
from airflow.sdk import DAG

from airflow_sagemaker.operators.endpoint import SageMakerEndpointOperator
from airflow_sagemaker.operators.processing_job import SageMakerProcessingJobOperator
from airflow_sagemaker.operators.training_job import SageMakerTrainingJobOperator
from airflow_sagemaker.operators.transform_job import SageMakerTransformJobOperator
from airflow_sagemaker.operators.tuning_job import SageMakerTuningJobOperator

with DAG("bench", schedule=None):
    SageMakerProcessingJobOperator(task_id="process", body={})
    SageMakerTrainingJobOperator(task_id="train", body={})
    SageMakerTransformJobOperator(task_id="transform", body={})
    SageMakerTuningJobOperator(task_id="tune", body={})
    SageMakerEndpointOperator(task_id="serve", body={})
"""

PEER = """\
from airflow.sdk import DAG

from airflow.providers.amazon.aws.operators.sagemaker import (
    SageMakerEndpointOperator,
    SageMakerProcessingOperator,
    SageMakerTrainingOperator,
    SageMakerTransformOperator,
    SageMakerTuningOperator,
)

with DAG("bench", schedule=None):
    SageMakerProcessingOperator(task_id="process", config={})
    SageMakerTrainingOperator(task_id="train", config={})
    SageMakerTransformOperator(task_id="transform", config={})
    SageMakerTuningOperator(task_id="tune", config={})
    SageMakerEndpointOperator(task_id="serve", config={})
"""

DAG_FILES = {"empty": EMPTY, "ours": OURS, "peer": PEER}

# Prints what one parse cost; fails unless it gave the Dag.
PARSE = """
import json, resource, sys, time
from pathlib import Path

from airflow.dag_processing.dagbag import DagBag

file = Path(sys.argv[1])
modules, rss = len(sys.modules), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
wall, cpu = time.perf_counter(), time.process_time()
bag = DagBag(file, bundle_path=file.parent, bundle_name="bench")
figures = {
    "wall, ms": 1000 * (time.perf_counter() - wall),
    "CPU, ms": 1000 * (time.process_time() - cpu),
    "modules": len(sys.modules) - modules,
    "peak memory, KiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - rss,
}
assert list(bag.dags) == ["bench"], bag.import_errors
print(json.dumps(figures))
"""

LIMITED = ("CPU, ms", "wall, ms")


def write_dag_files(folder: Path) -> dict[str, Path]:
    """Write the three Dag files, each into a folder of its own."""
    files = {}
    for name, text in DAG_FILES.items():
        files[name] = folder / name / "bench.py"
        files[name].parent.mkdir()
        files[name].write_text(text, encoding="utf-8")
    return files


def parse(file: Path, home: Path) -> dict[str, float]:
    """Parse a file in a fresh process; gives what that cost."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(file.parent),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": str(PLUGINS),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PARSE, str(file)],
        capture_output=True,
        check=True,
        env=environment,
        text=True,
    )
    figures: dict[str, float] = json.loads(process.stdout.splitlines()[-1])
    return figures


def one_round(files: dict[str, Path], home: Path) -> dict[str, dict[str, float]]:
    """Parse each file once, one after the other."""
    return {name: parse(file, home) for name, file in files.items()}


def extra(rounds: list[dict[str, dict[str, float]]], whose: str, figure: str) -> float:
    """Give what a file costs beyond the empty one: the median of the rounds' differences."""
    return statistics.median(each[whose][figure] - each["empty"][figure] for each in rounds)


def main() -> None:
    """Measure, print, write the JSON."""
    with tempfile.TemporaryDirectory() as folder:
        files, home = write_dag_files(Path(folder)), Path(folder) / "home"
        one_round(files, home)
        rounds = [one_round(files, home) for _ in range(ROUNDS)]
    targets = [
        Target(
            name=f"extra {figure}",
            ours=extra(rounds, "ours", figure),
            peer=extra(rounds, "peer", figure),
            target=SHARE if figure in LIMITED else 1.0,
            better="lower",
        )
        for figure in rounds[0]["ours"]
    ]
    raw: dict[str, Any] = {"rounds": rounds}
    path = publish("parse", targets, raw)
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
