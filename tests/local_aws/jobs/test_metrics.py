"""Metrics are read from log lines by their definitions."""

from __future__ import annotations

import pytest

from include.local_aws.jobs.errors import JobFailedError
from include.local_aws.jobs.metrics import MetricReader


def test_the_last_number_of_each_metric_counts() -> None:
    """Definitions are independent; what is no finite number does not count."""
    reader = MetricReader(
        [
            {"Name": "loss", "Regex": r"loss=([^ ]+)"},
            {"Name": "auc", "Regex": r"auc=(\S+)"},
            {"Name": "no-group", "Regex": r"auc="},
            {"Name": "unmatched-group", "Regex": r"auc=|never(\d)"},
        ]
    )
    for line in ("loss=1e-3 auc=0.5", "loss=0.25", "loss=inf", "loss=nothing", "other"):
        reader.read(line)

    values = {metric["MetricName"]: metric["Value"] for metric in reader.final_metrics()}
    assert values == {"loss": 0.25, "auc": 0.5}


def test_a_regex_that_is_none_fails_the_job() -> None:
    """An invalid Regex is named."""
    with pytest.raises(JobFailedError, match="regex of metric 'auc' is invalid"):
        MetricReader([{"Name": "auc", "Regex": "("}])
