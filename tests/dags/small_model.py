"""A second model, small enough for a test: it predicts the share of ones among some numbers.

Its scripts need nothing but Python. They keep to SageMaker's container contract as any model's do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAME = "coin_tosses"

FEATURES = """
import argparse, pathlib, sys
from datetime import date, timedelta

arguments = argparse.ArgumentParser()
arguments.add_argument("--start", type=date.fromisoformat)
arguments.add_argument("--end", type=date.fromisoformat)
given = arguments.parse_args()
root = pathlib.Path("/opt/ml/processing")
for n in range((given.end - given.start).days + 1):
    day = f"date={given.start + timedelta(days=n)}"
    target = root / "output/features" / day
    target.mkdir(parents=True)
    (target / "part.csv").write_text((root / "input/raw" / day / "tosses.csv").read_text())
"""

TRAIN = """
import argparse, os, pathlib, shutil

arguments = argparse.ArgumentParser()
arguments.add_argument("--smoothing", type=float)
given, _ = arguments.parse_known_args()
rows = [
    line.split(",")
    for path in pathlib.Path(os.environ["SM_CHANNEL_TRAIN"]).rglob("*.csv")
    for line in path.read_text().splitlines()
]
ones = sum(int(row[0]) for row in rows)
print(f"{os.environ['SM_CURRENT_HOST']} saw rows={len(rows)};", flush=True)
if os.environ["SM_CURRENT_HOST"] == "algo-1":
    model = pathlib.Path(os.environ["SM_MODEL_DIR"])
    (model / "code").mkdir()
    (model / "share").write_text(str((ones + given.smoothing) / (len(rows) + 2 * given.smoothing)))
    shutil.copy(pathlib.Path(__file__).parent / "inference.py", model / "code")
"""

EVALUATE = """
import json, math, pathlib, tarfile

root = pathlib.Path("/opt/ml/processing")
with tarfile.open(next((root / "input/challenger").glob("*.tar.gz"))) as archive:
    share = float(archive.extractfile("share").read())
labels = [
    int(line.split(",")[0])
    for path in (root / "input/test").rglob("*.csv")
    for line in path.read_text().splitlines()
]
def log_loss(p):
    return -sum(math.log(p if label else 1 - p) for label in labels) / len(labels)
report = {
    "rows": len(labels),
    "challenger": {"auc": 0.9, "log_loss": log_loss(share), "calibration_error": 0.0},
    "base_rate": {"auc": 0.5, "log_loss": log_loss(0.5), "calibration_error": 0.0},
    "champion": None,
    "had_champion": (root / "input/champion").is_dir(),
}
(root / "output/evaluation").mkdir(parents=True, exist_ok=True)
(root / "output/evaluation/evaluation.json").write_text(json.dumps(report))
"""

INFERENCE = """
import os

def model_fn(model_dir):
    with open(os.path.join(model_dir, "share")) as file:
        return float(file.read())

def input_fn(body, content_type):
    return body.splitlines()

def predict_fn(rows, share):
    return [share] * len(rows)

def output_fn(shares, accept):
    return "".join(f"{share:.4f}\\n" for share in shares), "text/csv"
"""

SETTINGS = """\
namespace: tests

aws:
  conn_id: CONN_ID
  bucket: BUCKET
  role_arn: arn:aws:iam::111122223333:role/tests
  poll_seconds: 1

container:
  image: 111122223333.dkr.ecr.us-east-1.amazonaws.com/python:3.11

data:
  raw: MODEL/raw
  features: MODEL/features
  predictions: MODEL/predictions
  artifacts: MODEL/artifacts

features:
  script: features.py
  instance_type: ml.m5.large

training:
  script: train.py
  instance_type: ml.m5.large
  instance_count: 2
  window: {history_days: 6, validation_days: 1, test_days: 1}
  hyperparameters: {smoothing: 1.0}
  metrics:
    - {name: rows, regex: 'rows=([0-9]+);'}

evaluation:
  script: evaluate.py
  instance_type: ml.m5.large

promotion: {min_rows: 5}

inference:
  script: inference.py

batch_inference:
  instance_type: ml.m5.large
  input_filter: $[1:]
  join_source: Input
  output_filter: $[1,-1]

endpoint:
  instance_type: ml.t2.medium
  smoke_request: "7"
  smoke_answer: '0\\.\\d{4}'
"""


def write_model(project: Path, *, bucket: str, conn_id: str, name: str = NAME) -> Path:
    """Write the model's folder into a project; gives its settings file."""
    jobs = project / "include" / name / "jobs"
    jobs.mkdir(parents=True)
    scripts = {"features": FEATURES, "train": TRAIN, "evaluate": EVALUATE, "inference": INFERENCE}
    for script, text in scripts.items():
        (jobs / f"{script}.py").write_text(text, encoding="utf-8")
    path = jobs.parent / "pipeline.yaml"
    text = SETTINGS.replace("BUCKET", bucket).replace("CONN_ID", conn_id).replace("MODEL", name)
    path.write_text(text, encoding="utf-8")
    return path


def raw_day(number: int) -> bytes:
    """Give the tosses of a day: eight of ten are ones, and each has a number of its own."""
    return "".join(f"{int(n > 1)},{number * 100 + n}\n" for n in range(10)).encode()
