"""Spot training jobs lose their instances, and go on from their checkpoints on others."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from include.local_aws.jobs import training_time
from include.local_aws.jobs.spot_capacity import Interruption, NoSpotJobError, SpotCapacity
from tests.local_aws.jobs.job_bench import BUCKET, JobBench, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from include.local_aws.s3.store import ObjectStore

ATTEMPT = ["Starting", "Downloading", "Training"]
EPOCHS = """
import os, signal, sys, time
path = "/opt/ml/checkpoints/epoch"
done = int(open(path).read()) if os.path.exists(path) else 0
print("starts after", done, flush=True)
for epoch in range(done + 1, 4):
    with open(path + ".new", "w") as file:
        file.write(str(epoch))
    os.replace(path + ".new", path)
    if epoch == 2 and done == 0:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print("at two", flush=True)
        time.sleep(600)
open(os.environ["SM_MODEL_DIR"] + "/epochs", "w").write(str(epoch))
"""


@pytest.fixture
def bench_with(tmp_path: Path, store: ObjectStore) -> Iterator[Callable[..., JobBench]]:
    """Make a bench whose spot instances are taken away as planned."""
    made: list[JobBench] = []

    def make(plan: Interruption | None = None) -> JobBench:
        made.append(JobBench(tmp_path, store, spot=SpotCapacity(lambda _: plan)))
        return made[-1]

    yield make
    for bench in made:
        bench.close()


def leap(monkeypatch: pytest.MonkeyPatch, bench: JobBench, phase: str, times: int = 1) -> None:
    """Let the job's clock leap to two seconds before ten minutes when a phase begins once more."""
    ahead, enter = [0.0], bench.progress.enter

    def enter_and_leap(secondary_status: str, message: str = "") -> None:
        enter(secondary_status, message)
        if bench.progress.phases.count(phase) == times:
            ahead[0] = 598.0

    monkeypatch.setattr(bench.progress, "enter", enter_and_leap)
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + ahead[0])
    monkeypatch.setattr(training_time, "time", clock)


def spot() -> dict[str, Any]:
    """Return what makes a training job one on spot instances, with checkpoints."""
    return {
        "EnableManagedSpotTraining": True,
        "CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/checkpoints"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 600},
    }


def test_an_interrupted_job_goes_on_from_its_checkpoint(
    bench_with: Callable[..., JobBench],
) -> None:
    """The last checkpoint is in S3 before other instances have it, and the job completes."""
    bench = bench_with()
    running = bench.in_background(bench.train, EPOCHS, **spot())
    bench.wait_for_line("at two")
    bench.platform.spot.interrupt("us-east-1", "job", Interruption())
    outcome = running.result()

    assert outcome.status == "Completed"
    lines = [line for line in bench.logs.lines() if line.startswith("starts after")]
    assert lines == ["starts after 0", "starts after 2"]
    assert bench.progress.phases == [*ATTEMPT, "Interrupted", *ATTEMPT, "Uploading"]
    assert bench.get("checkpoints/epoch") == b"3"
    assert bench.members("models/job/output/model.tar.gz") == {"epochs": "3"}


def test_the_first_checkpoint_can_be_the_sign(bench_with: Callable[..., JobBench]) -> None:
    """Instances are taken away once a checkpoint of theirs is in S3, as often as planned."""
    bench = bench_with(Interruption(after_checkpoint=True, times=2))
    script = (
        "import os, time\n"
        "attempts = len(os.listdir('/opt/ml/checkpoints'))\n"
        "open(f'/opt/ml/checkpoints/{attempts}', 'w').write('x')\n"
        "time.sleep(600 if attempts < 2 else 0)\n"
    )

    outcome = bench.train(script, **spot())

    assert outcome.status == "Completed"
    assert bench.progress.phases.count("Interrupted") == 2
    assert bench.keys("checkpoints/") == [f"checkpoints/{n}" for n in range(3)]


def test_without_a_checkpoint_config_it_starts_anew(bench_with: Callable[..., JobBench]) -> None:
    """The other instances have nothing of what the first ones had."""
    bench = bench_with()
    script = (
        "import os, time\n"
        "here = os.environ['SM_MODEL_DIR'] + '/mine'\n"
        "found = os.path.exists(here)\n"
        "open(here, 'w').write('x')\n"
        "print('finds', found, flush=True)\n"
        "time.sleep(600)\n"
    )
    running = bench.in_background(bench.train, script, EnableManagedSpotTraining=True)
    bench.wait_for_line("finds False")
    bench.platform.spot.interrupt("us-east-1", "job", Interruption())
    wait_until(lambda: bench.logs.text().count("finds") == 2, "the second start")
    bench.progress.stop_requested.set()

    assert running.result().status == "Stopped"
    assert bench.logs.text() == "finds False\nfinds False"


def test_only_the_time_on_instances_is_billed_and_of_it_a_share(
    bench_with: Callable[..., JobBench],
) -> None:
    """The wait for other instances is neither training nor billed time."""
    bench = bench_with(Interruption(after_checkpoint=True, wait_seconds=3))
    script = (
        "import os, time\n"
        "seen = os.path.exists('/opt/ml/checkpoints/x')\n"
        "time.sleep(0 if seen else 1.2)\n"
        "open('/opt/ml/checkpoints/x', 'w').close()\n"
        "time.sleep(0 if seen else 600)\n"
    )

    outcome = bench.train(script, **spot())

    billed, trained = (outcome.details[f"{n}TimeInSeconds"] for n in ("Billable", "Training"))
    span = outcome.details["TrainingEndTime"] - bench.progress.fields["TrainingStartTime"]
    assert 0 < billed < trained
    assert trained <= span.total_seconds() - 2


def test_waiting_for_instances_too_long_ends_the_job(
    bench_with: Callable[..., JobBench], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is Stopped, MaxWaitTimeExceeded; what was saved is in S3."""
    bench = bench_with(Interruption(after_checkpoint=True, wait_seconds=600))
    leap(monkeypatch, bench, "Interrupted")
    script = "import time\nopen('/opt/ml/checkpoints/x', 'w').write('x')\ntime.sleep(600)"

    outcome = bench.train(script, **spot())

    assert (outcome.status, outcome.secondary_status) == ("Stopped", "MaxWaitTimeExceeded")
    assert bench.progress.phases == [*ATTEMPT, "Interrupted", "Stopping"]
    assert bench.keys("checkpoints/") == ["checkpoints/x"]


def test_training_too_long_after_a_wait_ends_the_job_too(
    bench_with: Callable[..., JobBench], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Containers that run when MaxWaitTimeInSeconds is over are stopped."""
    bench = bench_with(Interruption(wait_seconds=1))
    leap(monkeypatch, bench, "Training", times=2)

    outcome = bench.train("import time; time.sleep(600)", **spot())

    assert (outcome.status, outcome.secondary_status) == ("Stopped", "MaxWaitTimeExceeded")
    assert bench.progress.phases == [*ATTEMPT, "Interrupted", *ATTEMPT, "Stopping", "Uploading"]


def test_a_stop_is_heard_while_it_waits(bench_with: Callable[..., JobBench]) -> None:
    """A job without instances is Stopped at once."""
    bench = bench_with(Interruption(wait_seconds=500))
    running = bench.in_background(bench.train, "import time; time.sleep(600)", **spot())
    wait_until(lambda: "Interrupted" in bench.progress.phases, "the interruption")
    bench.progress.stop_requested.set()

    assert (running.result().status, running.result().secondary_status) == ("Stopped", None)


def test_a_job_on_demand_is_not_interrupted(bench_with: Callable[..., JobBench]) -> None:
    """Neither by a plan nor by name."""
    bench = bench_with(Interruption())
    running = bench.in_background(
        bench.train, "import time; print('on', flush=True)\ntime.sleep(1)"
    )
    bench.wait_for_line("on")

    with pytest.raises(NoSpotJobError, match="No training job job is running on spot"):
        bench.platform.spot.interrupt("us-east-1", "job", Interruption())
    assert running.result().status == "Completed"
    assert "Interrupted" not in bench.progress.phases


def test_containers_know_their_checkpoint_config(bench: JobBench) -> None:
    """It is in checkpointconfig.json, with the path that AWS takes by default."""
    bench.train(
        "print(open('/opt/ml/input/config/checkpointconfig.json').read())",
        CheckpointConfig={"S3Uri": f"s3://{BUCKET}/c"},
    )

    expected = f'{{"LocalPath": "/opt/ml/checkpoints", "S3Uri": "s3://{BUCKET}/c"}}'
    assert bench.logs.text() == expected
