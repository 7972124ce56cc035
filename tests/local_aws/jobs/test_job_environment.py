"""A job's environment is its own: nothing of the server's, what SageMaker gives."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from tests.local_aws.jobs.job_bench import JobBench


def test_the_environment_is_the_jobs_own(bench: JobBench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's variables do not leak into a job; AWS's and the request's are there."""
    monkeypatch.setenv("AIRFLOW_HOME", "/somewhere")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPATH", "/server")
    bench.train("import os, json; print(json.dumps(dict(os.environ)))", Environment={"MINE": "yes"})

    seen = json.loads(bench.logs.text())
    assert not {"AIRFLOW_HOME", "PYTHONDONTWRITEBYTECODE"} & seen.keys()
    assert "/server" not in seen.get("PYTHONPATH", "")
    expected = {
        "MINE": "yes",
        "TRAINING_JOB_NAME": "job",
        "TRAINING_JOB_ARN": "arn:aws:sagemaker:us-east-1:123456789012:training-job/job",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "PYTHONUNBUFFERED": "1",
    }
    assert expected.items() <= seen.items()


def test_python_on_the_path_is_the_runtimes(bench: JobBench) -> None:
    """`python` and `python3` in a job are the image's runtime."""
    bench.train(
        "import subprocess, sys\n"
        "for name in ('python', 'python3'):\n"
        "    subprocess.run([name, '-c', 'import sys; print(sys.prefix)'], check=True)\n"
    )

    assert bench.logs.text().split() == [sys.prefix, sys.prefix]


def test_pip_installs_nothing(bench: JobBench) -> None:
    """`pip install` in a job says that the local runtime's packages are used, and does nothing."""
    bench.train("import subprocess; print(subprocess.call(['pip', 'install', 'a-package']))")

    assert "does not run 'pip install a-package'" in bench.logs.text()
    assert bench.logs.text().endswith("0")
