"""The summary says what happened, to programs and to people."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from include.stack.scenes import Played
from include.stack.summary import stages, write
from include.stack.summary_table import table

if TYPE_CHECKING:
    from pathlib import Path

BEGAN = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)


def job(name: str, kind: str, after: float) -> dict[str, Any]:
    """Return a job that was created so many seconds after the run began."""
    return {
        "kind": kind,
        "name": name,
        "status": "Completed",
        "began": BEGAN + timedelta(seconds=after),
        "seconds": 3.0,
    }


RECORDED: dict[str, Any] = {
    "version": 1,
    "began": "2026-11-21T02:30:00+00:00",
    "seconds": 119.2,
    "stages": [
        {"name": "start", "seconds": 30.1, "jobs": []},
        {
            "name": "features",
            "seconds": 22.0,
            "jobs": [
                {"kind": "processing", "name": f"demo-features-{n}", "status": "Completed"}
                for n in range(5)
            ],
        },
        {
            "name": "training",
            "seconds": 12.4,
            "jobs": [
                {"kind": "training", "name": "demo-train-1", "status": "Completed"},
                {"kind": "processing", "name": "demo-evaluate-1", "status": "Completed"},
            ],
        },
    ],
    "features": {"2013-01-01": 842, "2013-01-02": 943},
    "training": {
        "job": "demo-train-1",
        "seconds": 5,
        "hosts": {
            "algo-1": {"train": {"rows": 13647}, "validation": {"rows": 11161}},
            "algo-2": {"train": {"rows": 13659}, "validation": {"rows": 11161}},
        },
    },
    "evaluation": {
        "rows": 12486,
        "auc": 0.70209,
        "base_rate_auc": 0.5,
        "log_loss": 0.4996,
        "base_rate_log_loss": 0.54996,
    },
    "model_package": {"arn": "arn:…:model-package/demo/1", "version": 1, "approval": "Approved"},
    "endpoint": {
        "name": "demo-flights",
        "answers": [
            {"flight": "2013-03-02_AA_1_JFK_0810", "probability": 0.1064, "arrived_late": False}
        ],
    },
    "predictions": {"2013-03-02": 765, "2013-03-03": 913},
}


def test_the_table_has_all_that_matters() -> None:
    """Rows, hosts, quality beside the base rate, the endpoint's answer, predictions and times."""
    lines = [" ".join(line.split()) for line in table(RECORDED).splitlines()]

    for expected in (
        "features 1,785 flights of 2 days",
        "algo-1 train 13,647, validation 11,161",
        "algo-2 train 13,659, validation 11,161",
        "AUC 0.702 base rate 0.500",
        "log loss 0.500 base rate 0.550",
        "on 12,486 flights of held-out later days",
        "model package version 1, Approved",
        "endpoint demo-flights",
        "2013-03-02_AA_1_JFK_0810 arrives late: 0.11; it did not",
        "predictions 1,678 flights of 2 days",
        "start 30 s",
        "features 22 s demo-features-4 and 4 more",
        "training 12 s demo-train-1",
        "demo-evaluate-1",
        "total 1 min 59 s",
    ):
        assert expected in lines


def test_the_table_follows_the_summary() -> None:
    """Nothing in it is written in advance."""
    broken = {**RECORDED, "evaluation": {**RECORDED["evaluation"], "auc": 0.4871}}

    assert "0.487" in table(broken)
    assert "0.702" not in table(broken)


def test_a_job_belongs_to_the_stage_in_which_it_was_created() -> None:
    """Also one that ends in the next stage."""
    played = [
        Played(name="start", began=BEGAN, seconds=30.0),
        Played(name="history", began=BEGAN + timedelta(seconds=30), seconds=20.04),
    ]
    jobs = [job("early", "processing", 29.0), job("late", "training", 31.0)]

    documents = stages(played, jobs)

    assert documents == [
        {
            "name": "start",
            "seconds": 30.0,
            "jobs": [
                {"kind": "processing", "name": "early", "status": "Completed", "seconds": 3.0}
            ],
        },
        {
            "name": "history",
            "seconds": 20.0,
            "jobs": [{"kind": "training", "name": "late", "status": "Completed", "seconds": 3.0}],
        },
    ]


def test_the_file_has_what_was_summarised(tmp_path: Path) -> None:
    """A program reads back what the table shows."""
    write(RECORDED, tmp_path / "summary.json")

    read = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert read == RECORDED
    assert read["version"] == 1
