"""A model's folder as a team would write it: a sound settings file and scripts of a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/our-script:1"
ROLE = "arn:aws:iam::111122223333:role/our-role"
SCRIPTS = ("features.py", "train.py", "evaluate.py", "inference.py")

SETTINGS = f"""\
namespace: ours

aws:
  bucket: our-bucket
  role_arn: {ROLE}
  poll_seconds: 1

container:
  image: {IMAGE}

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
  window:
    history_days: 10
    validation_days: 2
    test_days: 2
  hyperparameters:
    num_round: 5
    booster: tree
  metrics:
    - {{name: auc, regex: 'auc=([0-9.]+)'}}

evaluation:
  script: evaluate.py
  instance_type: ml.m5.large

inference:
  script: inference.py

batch_inference:
  instance_type: ml.m5.large
  input_filter: $[1:]

endpoint:
  instance_type: ml.t2.medium
  smoke_request: "1,2"
"""


def write_model(project: Path, name: str, text: str = SETTINGS) -> Path:
    """Write `include/<name>` into a project; gives the settings file."""
    jobs = project / "include" / name / "jobs"
    jobs.mkdir(parents=True)
    for script in SCRIPTS:
        (jobs / script).write_text(f'print("{script}")\n', encoding="utf-8")
    path = jobs.parent / "pipeline.yaml"
    path.write_text(text.replace("MODEL", name), encoding="utf-8")
    return path


def line_of(text: str, words: str) -> int:
    """Give the number of the only line that has these words."""
    lines = [number for number, line in enumerate(text.splitlines(), start=1) if words in line]
    assert len(lines) == 1, lines
    return lines[0]
