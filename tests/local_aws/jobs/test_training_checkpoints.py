"""Checkpoints outlive the job that wrote them."""

from __future__ import annotations

from typing import Any

from tests.local_aws.jobs.job_bench import BUCKET, JobBench, wait_until


def test_checkpoints_are_kept_while_running_and_brought_back(bench: JobBench) -> None:
    """Checkpoints reach S3 while the job runs, and the next job starts from them."""
    script = (
        "import os, time\n"
        "path = os.environ['CHECKPOINTS'] + '/epoch'\n"
        "epoch = int(open(path).read()) if os.path.exists(path) else 0\n"
        "print('starts from', epoch, flush=True)\n"
        "open(path, 'w').write(str(epoch + 1))\n"
        "while epoch == 0: time.sleep(0.05)\n"
    )
    config: dict[str, Any] = {
        "CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/checkpoints/one/"},
        "Environment": {"CHECKPOINTS": "/opt/ml/checkpoints"},
    }
    running = bench.in_background(bench.train, script, **config)
    bench.wait_for_line("starts from 0")
    wait_until(lambda: bench.keys("checkpoints/") == ["checkpoints/one/epoch"])
    assert not running.done()
    bench.progress.stop_requested.set()
    assert running.result().status == "Stopped"

    bench.progress.stop_requested.clear()
    assert bench.train(script, **config).status == "Completed"
    assert "starts from 1" in bench.logs.text()
    assert bench.get("checkpoints/one/epoch") == b"2"
