"""Training jobs run as on AWS: what they leave, what they say, how they end."""

from __future__ import annotations

import math
import sys

from tests.local_aws.jobs.job_bench import BUCKET, IMAGE, JobBench, channel

OUTPUT = "models/job/output"


def test_a_script_trains_and_its_model_is_packed(bench: JobBench) -> None:
    """The script runs in /opt/ml/code, and what it leaves in SM_MODEL_DIR is model.tar.gz."""
    outcome = bench.train(
        "import os, helper\n"
        "open(os.environ['SM_MODEL_DIR'] + '/m.txt', 'w').write(helper.TEXT)\n"
        "print(os.path.samefile('.', os.environ['SM_MODEL_DIR'] + '/../code'))",
        files={"helper.py": "TEXT = 'weights'"},
    )

    assert (outcome.status, outcome.failure_reason) == ("Completed", None)
    artifact = outcome.details["ModelArtifacts"]["S3ModelArtifacts"]
    assert artifact == f"s3://{BUCKET}/{OUTPUT}/model.tar.gz"
    assert bench.members(f"{OUTPUT}/model.tar.gz") == {"m.txt": "weights"}
    assert bench.keys("models/") == [f"{OUTPUT}/model.tar.gz"]
    assert bench.logs.text() == "True"


def test_the_phases_are_those_of_a_training_job(bench: JobBench) -> None:
    """A job goes through Starting, Downloading, Training and Uploading."""
    bench.train("")

    assert bench.progress.phases == ["Starting", "Downloading", "Training", "Uploading"]


def test_times_count_whole_seconds_from_start_to_end(bench: JobBench) -> None:
    """TrainingTimeInSeconds and BillableTimeInSeconds are the wall seconds, rounded up."""
    outcome = bench.train("")

    span = outcome.details["TrainingEndTime"] - bench.progress.fields["TrainingStartTime"]
    seconds = max(1, math.ceil(span.total_seconds()))
    assert outcome.details["TrainingTimeInSeconds"] == seconds
    assert outcome.details["BillableTimeInSeconds"] == seconds


def test_a_spot_job_is_billed_for_less(bench: JobBench) -> None:
    """A managed spot job is billed for at most the time it trained."""
    outcome = bench.train("import time; time.sleep(1.1)", EnableManagedSpotTraining=True)

    billed, trained = (outcome.details[f"{n}TimeInSeconds"] for n in ("Billable", "Training"))
    assert 0 < billed < trained


def test_the_log_has_real_names_and_is_flushed(bench: JobBench) -> None:
    """Lines go to /aws/sagemaker/TrainingJobs, <job>/algo-1-<epoch>, before the job ends."""
    bench.train("print('one'); print('two')")

    ((region, group, stream),) = bench.logs.streams
    job, _, host = stream.partition("/")
    assert (region, group, job) == ("us-east-1", "/aws/sagemaker/TrainingJobs", "job")
    assert host.startswith("algo-1-")
    assert host.rpartition("-")[2].isdigit()
    assert bench.logs.text() == "one\ntwo"
    assert bench.logs.flushed == len(bench.logs.lines())


def test_a_traceback_becomes_the_failure_reason(bench: JobBench) -> None:
    """A script that raises fails the job in the words of the training toolkit."""
    outcome = bench.train(
        "import sys\nprint('fine so far')\ndef fit():\n    raise ValueError('no labels')\nfit()\n",
        arguments={"eta": "0.3"},
    )

    assert outcome.status == "Failed"
    assert outcome.failure_reason == (
        'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "raise ValueError('
        f'\'no labels\')\nValueError: no labels"\nCommand "{sys.executable} train.py --eta 0.3"'
        ", exit code: 1"
    )
    assert "ModelArtifacts" not in outcome.details
    assert bench.keys("models/") == []


def test_the_failure_file_is_the_failure_reason(bench: JobBench) -> None:
    """What a failing job writes to /opt/ml/output/failure is its reason, 1024 characters of it."""
    outcome = bench.train(
        "import os, sys\n"
        "open(os.environ['SM_OUTPUT_DIR'] + '/failure', 'w').write('too few rows ' + 'x' * 2000)\n"
        "sys.exit(3)\n"
    )

    assert outcome.status == "Failed"
    assert outcome.failure_reason is not None
    assert outcome.failure_reason.startswith("AlgorithmError: too few rows xxx")
    assert outcome.failure_reason.endswith(", exit code: 3")
    assert len(outcome.failure_reason) == 1024


def test_output_data_is_kept_also_when_the_job_fails(bench: JobBench) -> None:
    """/opt/ml/output/data goes to output.tar.gz, whether or not the job succeeds."""
    script = (
        "import os, sys\n"
        "open(os.environ['SM_OUTPUT_DATA_DIR'] + '/report.json', 'w').write('{}')\n"
        "sys.exit(int(sys.argv[2]))\n"
    )
    for code, status in (("0", "Completed"), ("1", "Failed")):
        outcome = bench.train(script, arguments={"code": code})
        assert outcome.status == status
        assert bench.members(f"{OUTPUT}/output.tar.gz") == {"report.json": "{}"}
        bench.store.delete(BUCKET, f"{OUTPUT}/output.tar.gz")


def test_an_uncompressed_model_is_uploaded_as_files(bench: JobBench) -> None:
    """With CompressionType NONE the model's files are objects below output/model/."""
    outcome = bench.train(
        "import os\nopen(os.environ['SM_MODEL_DIR'] + '/m.txt', 'w').write('w')",
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/models/", "CompressionType": "NONE"},
    )

    artifact = outcome.details["ModelArtifacts"]["S3ModelArtifacts"]
    assert artifact == f"s3://{BUCKET}/{OUTPUT}/model/"
    assert bench.keys("models/") == [f"{OUTPUT}/model/m.txt"]


def test_an_output_bucket_that_is_not_there_fails_the_job(bench: JobBench) -> None:
    """A model that cannot be uploaded fails the job."""
    outcome = bench.train("", OutputDataConfig={"S3OutputPath": "s3://not-there/models"})

    assert outcome.status == "Failed"
    assert "Artifact upload failed" in str(outcome.failure_reason)
    assert "s3://not-there/models/job/output/model.tar.gz" in str(outcome.failure_reason)


def test_one_host_that_fails_fails_the_job_at_once(bench: JobBench) -> None:
    """When one host dies the others are stopped, and its failure file is the reason."""
    outcome = bench.train(
        "import os, sys, time\n"
        "if os.environ['SM_CURRENT_HOST'] == 'algo-2':\n"
        "    open(os.environ['SM_OUTPUT_DIR'] + '/failure', 'w').write('shard is empty')\n"
        "    sys.exit(5)\n"
        "time.sleep(3600)\n",
        hosts=2,
    )

    assert outcome.status == "Failed"
    assert outcome.failure_reason == "AlgorithmError: shard is empty, exit code: 5"


STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, lambda *_: print("told to end", flush=True))
open(os.environ["SM_MODEL_DIR"] + "/so-far", "w").write("half")
print("ready", flush=True)
while True:
    time.sleep(0.05)
"""


def test_a_stopped_job_is_killed_and_keeps_its_model(bench: JobBench) -> None:
    """Stop sends SIGTERM, after the grace SIGKILL; what the model directory has is uploaded."""
    running = bench.in_background(bench.train, STUBBORN)
    bench.wait_for_line("ready")
    bench.progress.stop_requested.set()
    outcome = running.result()

    assert (outcome.status, outcome.secondary_status) == ("Stopped", None)
    assert "told to end" in bench.logs.text()
    assert bench.members(f"{OUTPUT}/model.tar.gz") == {"so-far": "half"}


def test_a_job_that_outlasts_its_limit_is_stopped(bench: JobBench) -> None:
    """MaxRuntimeInSeconds ends a job as Stopped, MaxRuntimeExceeded, its artifacts uploaded."""
    stubborn = "trap '' TERM; printf half > /opt/ml/model/so-far; while :; do sleep 0.05; done"
    outcome = bench.train(
        "",
        AlgorithmSpecification={
            "TrainingImage": IMAGE,
            "ContainerEntrypoint": ["/bin/sh", "-c", stubborn],
        },
        StoppingCondition={"MaxRuntimeInSeconds": 5},
    )

    assert (outcome.status, outcome.secondary_status) == ("Stopped", "MaxRuntimeExceeded")
    assert bench.progress.phases[-2:] == ["Stopping", "Uploading"]
    assert bench.members(f"{OUTPUT}/model.tar.gz") == {"so-far": "half"}


def test_a_job_stopped_before_it_ran_leaves_nothing(bench: JobBench) -> None:
    """A stop that comes while data is brought ends the job without containers or artifacts."""
    bench.progress.stop_requested.set()
    outcome = bench.train("print('ran')")

    assert outcome.status == "Stopped"
    assert bench.logs.text() == ""
    assert bench.keys("models/") == []


def test_metrics_are_the_last_values_in_the_log(bench: JobBench) -> None:
    """FinalMetricDataList has the last value that each MetricDefinition matched."""
    outcome = bench.train(
        "print('[0] auc:0.5'); print('[1] auc:0.75'); print('auc:nan')",
        AlgorithmSpecification={
            "TrainingImage": IMAGE,
            "MetricDefinitions": [
                {"Name": "validation:auc", "Regex": r"auc:(\S+)"},
                {"Name": "never", "Regex": r"never (\d+)"},
            ],
        },
    )

    (metric,) = outcome.details["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("validation:auc", 0.75)
    assert metric["Timestamp"] <= outcome.details["TrainingEndTime"]


def test_what_is_done_otherwise_is_said(bench: JobBench) -> None:
    """Ignored settings and FastFile get a line in the log; Pipe mode fails the job."""
    bench.put("data/a", "x")
    fast = channel("fast", f"s3://{BUCKET}/data/", InputMode="FastFile")
    outcome = bench.train("", InputDataConfig=[fast], ProfilerConfig={}, TensorBoardOutputConfig={})
    assert outcome.status == "Completed"
    assert "ignores ProfilerConfig, TensorBoardOutputConfig" in bench.logs.text()
    assert "serves FastFile as File: fast" in bench.logs.text()

    outcome = bench.train("", InputDataConfig=[{**fast, "InputMode": "Pipe"}])
    assert outcome.status == "Failed"
    assert "no Pipe mode" in str(outcome.failure_reason)
