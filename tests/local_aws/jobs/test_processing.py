"""Processing jobs run as on AWS: inputs where they were asked for, outputs in S3, how they end."""

from __future__ import annotations

import json
from typing import Any

import pytest

from include.local_aws.jobs.namespaces import Sandbox, best_sandbox
from tests.local_aws.jobs.job_bench import (
    BUCKET,
    IMAGE,
    JobBench,
    processing_input,
    processing_output,
    tar_of,
    wait_until,
)

# The scripts find their directory from their own path, so that they also run without namespaces.
ROOT = "import os, sys\nroot = sys.argv[0].partition('/processing/')[0]\n"
OUT = "/opt/ml/processing/out"


def outputs(mode: str = "EndOfJob") -> dict[str, Any]:
    """A ProcessingOutputConfig with one output."""
    uri = f"s3://{BUCKET}/out/day=1"
    return {"ProcessingOutputConfig": {"Outputs": [processing_output("out", uri, OUT, mode)]}}


def test_inputs_and_outputs_are_where_they_were_asked_for(bench: JobBench) -> None:
    """A job reads its inputs at their LocalPath, and what it writes goes to its outputs' S3Uri."""
    bench.put("in/a.csv", "1,2")
    bench.put("in/deep/b.csv", "3,4")
    outcome = bench.process(
        ROOT
        + "for at, _, names in os.walk(root + '/processing/in'):\n"
        + "    for name in names:\n"
        + "        os.makedirs(root + '/processing/out/copy', exist_ok=True)\n"
        + "        text = open(os.path.join(at, name)).read()\n"
        + "        open(root + '/processing/out/copy/' + name, 'w').write(text)\n",
        inputs=[processing_input("in", f"s3://{BUCKET}/in/", "/opt/ml/processing/in")],
        **outputs(),
    )

    assert (outcome.status, outcome.failure_reason) == ("Completed", None)
    assert bench.keys("out/") == ["out/day=1/copy/a.csv", "out/day=1/copy/b.csv"]
    assert bench.get("out/day=1/copy/b.csv") == b"3,4"
    assert bench.progress.fields["ProcessingStartTime"] <= outcome.details["ProcessingEndTime"]


@pytest.mark.skipif(best_sandbox() is Sandbox.NONE, reason="no namespaces on this machine")
def test_absolute_paths_hold(bench: JobBench) -> None:
    """/opt/ml/processing/... is the job's own, and outputs' directories exist beforehand."""
    outcome = bench.process(f"open('{OUT}/x', 'w').write('here')", **outputs())

    assert outcome.status == "Completed"
    assert bench.get("out/day=1/x") == b"here"


def test_config_files_describe_the_job(bench: JobBench) -> None:
    """processingjobconfig.json and resourceconfig.json are in /opt/ml/config."""
    bench.process(
        ROOT + "import json\n"
        "for name in 'processingjobconfig', 'resourceconfig':\n"
        "    print(json.dumps(json.load(open(f'{root}/config/{name}.json'))))\n",
        Environment={"MINE": "yes"},
    )

    job, resources = map(json.loads, bench.logs.text().splitlines())
    assert job["ProcessingJobName"] == "job"
    assert job["ProcessingJobArn"].endswith(":processing-job/job")
    assert job["Environment"] == {"MINE": "yes"}
    assert job["ProcessingInputs"][0]["InputName"] == "code"
    assert (resources["current_host"], resources["hosts"]) == ("algo-1", ["algo-1"])


def test_arguments_and_environment_reach_the_script(bench: JobBench) -> None:
    """ContainerArguments follow the entry point; Environment and the job's name are variables."""
    entry = ["python3", "/opt/ml/processing/input/code/job.py"]
    bench.process(
        "import os, sys\n"
        "print(sys.argv[1:], os.environ['MINE'], os.environ['PROCESSING_JOB_NAME'])",
        AppSpecification={
            "ImageUri": IMAGE,
            "ContainerEntrypoint": entry,
            "ContainerArguments": ["--date", "2013-01-01"],
        },
        Environment={"MINE": "yes"},
    )

    assert bench.logs.text() == "['--date', '2013-01-01'] yes job"
    ((_, group, stream),) = bench.logs.streams
    assert group == "/aws/sagemaker/ProcessingJobs"
    assert stream.startswith("job/algo-1-")


def test_hosts_get_their_shards_and_their_outputs_are_one(bench: JobBench) -> None:
    """ShardedByS3Key deals objects over InstanceCount hosts, whose outputs go to one place."""
    for number in range(3):
        bench.put(f"in/part-{number}", str(number))
    source = processing_input(
        "in",
        f"s3://{BUCKET}/in/",
        "/opt/ml/processing/in",
        S3DataDistributionType="ShardedByS3Key",
    )
    bench.process(
        ROOT + "import json\n"
        "host = json.load(open(f'{root}/config/resourceconfig.json'))['current_host']\n"
        "names = sorted(os.listdir(root + '/processing/in'))\n"
        "open(f'{root}/processing/out/{host}', 'w').write(' '.join(names))\n",
        hosts=2,
        inputs=[source],
        **outputs(),
    )

    assert bench.get("out/day=1/algo-1") == b"part-0 part-2"
    assert bench.get("out/day=1/algo-2") == b"part-1"


def test_the_exit_message_is_what_the_job_wrote(bench: JobBench) -> None:
    """/opt/ml/output/message is ExitMessage, 1 KB of it, the hosts' one after the other."""
    outcome = bench.process(
        ROOT + "open(root + '/output/message', 'w').write('Completed: ok. ')", hosts=2
    )
    assert outcome.details["ExitMessage"] == "Completed: ok. " * 2

    outcome = bench.process(ROOT + "open(root + '/output/message', 'w').write('é' * 9000)")
    assert outcome.details["ExitMessage"] == "é" * 1024


def test_a_message_that_is_no_text_fails_the_job(bench: JobBench) -> None:
    """An /opt/ml/output/message that is not UTF-8 is a ClientError, as AWS's guide says."""
    outcome = bench.process(ROOT + "open(root + '/output/message', 'wb').write(b'\\xff\\xfe')")

    assert outcome.status == "Failed"
    assert outcome.failure_reason == "ClientError: /opt/ml/output/message is not UTF-8."


def test_a_failing_job_says_why_and_uploads_nothing(bench: JobBench) -> None:
    """The failure file and the exit code are the FailureReason; EndOfJob outputs stay away."""
    script = ROOT + "open(root + '/processing/out/half', 'w').write('x')\n"
    told = "open(root + '/output/failure', 'w').write('no flights that day')\n"
    outcome = bench.process(script + told + "sys.exit(4)", **outputs())
    assert outcome.status == "Failed"
    assert outcome.failure_reason == "AlgorithmError: no flights that day, exit code: 4"

    outcome = bench.process(script + "sys.exit(4)", **outputs())
    assert outcome.failure_reason == "AlgorithmError: , exit code: 4"
    assert bench.keys("out/") == []


def test_continuous_outputs_go_to_s3_while_the_job_runs(bench: JobBench) -> None:
    """An output with S3UploadMode Continuous is in S3 before the end, and kept if it fails."""
    script = (
        ROOT + "import time\n"
        "open(root + '/processing/out/early', 'w').write('x')\n"
        "while True: time.sleep(0.05)\n"
    )
    running = bench.in_background(bench.process, script, **outputs("Continuous"))
    wait_until(lambda: bench.keys("out/") == ["out/day=1/early"])
    assert not running.done()
    bench.progress.stop_requested.set()

    assert running.result().status == "Stopped"


STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
while True: time.sleep(0.05)
"""


def test_a_stopped_job_is_killed(bench: JobBench) -> None:
    """Stop ends also a job that ignores SIGTERM."""
    running = bench.in_background(bench.process, STUBBORN)
    bench.wait_for_line("ready")
    bench.progress.stop_requested.set()

    assert running.result().status == "Stopped"


def test_a_job_that_outlasts_its_limit_is_stopped(bench: JobBench) -> None:
    """MaxRuntimeInSeconds is enforced."""
    outcome = bench.process(STUBBORN, StoppingCondition={"MaxRuntimeInSeconds": 1})

    assert outcome.status == "Stopped"


def test_missing_data_fails_the_job(bench: JobBench) -> None:
    """An input without objects is AWS's ClientError."""
    outcome = bench.process(
        "", inputs=[processing_input("in", "s3://no-bucket/x", "/opt/ml/processing/in")]
    )

    assert outcome.status == "Failed"
    assert 'No S3 objects found under S3 URL "s3://no-bucket/x"' in str(outcome.failure_reason)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"AppSpecification": {"ImageUri": IMAGE}}, "name a ContainerEntrypoint"),
        ({"AppSpecification": {"ImageUri": "r/unknown:1"}}, "no local runtime"),
        (
            {"inputs": [processing_input("in", f"s3://{BUCKET}/code/job.py", "/etc/in")]},
            "below /opt/ml, not '/etc/in'",
        ),
        (
            {"inputs": [{"InputName": "in", "DatasetDefinition": {}}]},
            "serves inputs from S3 only",
        ),
        (
            {"ProcessingOutputConfig": {"Outputs": [{"OutputName": "features"}]}},
            "'features' is something else",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_clearly(
    bench: JobBench, change: dict[str, Any], words: str
) -> None:
    """A request that the embedded AWS cannot serve fails with the reason."""
    outcome = bench.process("", **change)

    assert outcome.status == "Failed"
    assert words in str(outcome.failure_reason)


def test_inputs_may_be_unpacked_and_app_managed_ones_are_left(bench: JobBench) -> None:
    """S3CompressionType Gzip unpacks; AppManaged inputs and outputs are the application's."""
    bench.put("zipped/data.tar.gz", tar_of({"inside": "x"}))
    source = processing_input(
        "in", f"s3://{BUCKET}/zipped/", "/opt/ml/processing/in", S3CompressionType="Gzip"
    )
    managed = {"InputName": "own", "AppManaged": True}
    outcome = bench.process(
        ROOT + "import tarfile\n"
        "print(tarfile.open(root + '/processing/in/data.tar', 'r:').getnames())\n",
        inputs=[source, managed],
        ProcessingOutputConfig={"Outputs": [{"OutputName": "own", "AppManaged": True}]},
    )

    assert outcome.status == "Completed"
    assert bench.logs.text() == "['inside']"
