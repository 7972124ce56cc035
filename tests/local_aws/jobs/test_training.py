"""Training jobs run as on AWS: what they see, what they leave, how they end."""

from __future__ import annotations

import json
import math
import socket
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from include.local_aws.jobs.namespaces import Sandbox, best_sandbox
from tests.local_aws.jobs.job_bench import BUCKET, IMAGE, ROLE, JobBench, channel, tar_of

needs_namespaces = pytest.mark.skipif(
    best_sandbox() is Sandbox.NONE, reason="this machine allows no namespaces"
)
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
    assert bench.logs.streams[region, group, stream] == ["one", "two"]
    assert bench.logs.flushed == 2


def test_hyperparameters_become_arguments(bench: JobBench) -> None:
    """The script gets its own hyperparameters as sorted `--name value`, decoded from JSON."""
    bench.train(
        "import sys, json; print(json.dumps(sys.argv[1:]))",
        arguments={"max_depth": "6", "name": '"text"', "raw": "as it is", "flag": "true"},
    )

    expected = ["--flag", "True", "--max_depth", "6", "--name", "text", "--raw", "as it is"]
    assert json.loads(bench.logs.text()) == expected


def test_sm_variables_and_config_files_tell_the_same(bench: JobBench) -> None:
    """`SM_*` and the files in /opt/ml/input/config describe the job as the toolkit does."""
    bench.put("data/train/a.csv", "1")
    bench.train(
        "import os, json\n"
        "config = os.environ['SM_INPUT_CONFIG_DIR']\n"
        "names = 'hyperparameters', 'resourceconfig', 'inputdataconfig'\n"
        "files = {n: json.load(open(f'{config}/{n}.json')) for n in names}\n"
        "sm = {k: v for k, v in os.environ.items() if k.startswith('SM_')}\n"
        "print(json.dumps([files, sm, os.listdir(os.environ['SM_CHANNEL_TRAIN'])]))\n",
        arguments={"eta": "0.3"},
        InputDataConfig=[channel("train", f"s3://{BUCKET}/data/train/", ContentType="text/csv")],
    )

    files, variables, listed = json.loads(bench.logs.text())
    assert listed == ["a.csv"]
    assert files["hyperparameters"]["eta"] == "0.3"
    assert files["inputdataconfig"] == {
        "train": {
            "TrainingInputMode": "File",
            "S3DistributionType": "FullyReplicated",
            "RecordWrapperType": "None",
            "ContentType": "text/csv",
        }
    }
    assert files["resourceconfig"]["current_host"] == "algo-1"
    assert json.loads(variables["SM_HOSTS"]) == files["resourceconfig"]["hosts"] == ["algo-1"]
    assert json.loads(variables["SM_RESOURCE_CONFIG"]) == files["resourceconfig"]
    assert json.loads(variables["SM_INPUT_DATA_CONFIG"]) == files["inputdataconfig"]
    assert json.loads(variables["SM_HPS"]) == {"eta": 0.3}
    assert variables["SM_HP_ETA"] == "0.3"
    assert json.loads(variables["SM_CHANNELS"]) == ["train"]
    assert json.loads(variables["SM_USER_ARGS"]) == ["--eta", "0.3"]
    assert variables["SM_CURRENT_HOST"] == "algo-1"
    assert variables["SM_MODULE_NAME"] == "train"
    summary = json.loads(variables["SM_TRAINING_ENV"])
    assert summary["channel_input_dirs"]["train"] == variables["SM_CHANNEL_TRAIN"]
    assert summary["job_name"] == "job"


@needs_namespaces
def test_absolute_paths_below_opt_ml_are_the_jobs_own(bench: JobBench) -> None:
    """A script may use /opt/ml/... itself, and the host never gets such a directory."""
    existed = Path("/opt/ml").exists()
    outcome = bench.train("open('/opt/ml/model/absolute', 'w').write('here')")

    assert outcome.status == "Completed"
    assert bench.members(f"{OUTPUT}/model.tar.gz") == {"absolute": "here"}
    assert Path("/opt/ml").exists() is existed


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


def test_requirements_are_not_installed_and_that_is_said(bench: JobBench) -> None:
    """A requirements.txt beside the script is passed over with a line in the log."""
    outcome = bench.train("print('ran')", files={"requirements.txt": "no-such-package==1"})

    assert outcome.status == "Completed"
    assert "does not install requirements.txt" in bench.logs.text()


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


def test_missing_data_fails_the_job_in_awss_words(bench: JobBench) -> None:
    """A channel without objects is a ClientError that names URL, region, role and bucket."""
    outcome = bench.train("", InputDataConfig=[channel("train", f"s3://{BUCKET}/nothing/here/")])

    assert outcome.status == "Failed"
    assert outcome.failure_reason == (
        "ClientError: Data download failed:No S3 objects found under S3 URL "
        f'"s3://{BUCKET}/nothing/here/" given in input data source. Please ensure that the bucket '
        "exists in the selected region (us-east-1), that objects exist under that S3 prefix, and "
        f'that the role "{ROLE}" has "s3:ListBucket" permissions on bucket "{BUCKET}".'
    )


def test_an_output_bucket_that_is_not_there_fails_the_job(bench: JobBench) -> None:
    """A model that cannot be uploaded fails the job."""
    outcome = bench.train("", OutputDataConfig={"S3OutputPath": "s3://not-there/models"})

    assert outcome.status == "Failed"
    assert "Artifact upload failed" in str(outcome.failure_reason)
    assert "s3://not-there/models/job/output/model.tar.gz" in str(outcome.failure_reason)


def test_an_unknown_image_says_how_to_add_a_runtime(bench: JobBench) -> None:
    """An image without a local runtime fails the job with the row to add."""
    image = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6-gpu-py312"
    outcome = bench.train("", AlgorithmSpecification={"TrainingImage": image})

    assert outcome.status == "Failed"
    assert image in str(outcome.failure_reason)
    assert '"pytorch-training": {"framework": "script"' in str(outcome.failure_reason)


def test_a_built_in_algorithm_is_refused_clearly(bench: JobBench) -> None:
    """A job that names neither script nor entry point fails with what to name."""
    outcome = bench.train("", HyperParameters={"eta": "0.3"})

    assert outcome.status == "Failed"
    assert "sagemaker_program" in str(outcome.failure_reason)


def test_an_own_entry_point_runs_instead_of_the_toolkit(bench: JobBench) -> None:
    """ContainerEntrypoint and ContainerArguments run as they are, without the toolkit's `SM_*`."""
    bench.put("code/go.sh", 'echo "args: $*"; echo "hps: ${SM_HPS-none}"; cat "$0" | wc -l')
    uri = f"s3://{BUCKET}/code/go.sh"
    outcome = bench.train(
        "",
        HyperParameters={"eta": "0.3"},
        AlgorithmSpecification={
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/bin/sh", "/opt/ml/input/data/drivers/go.sh"],
            "ContainerArguments": ["--fast", "two words"],
        },
        InputDataConfig=[channel("drivers", uri)],
    )

    assert outcome.status == "Completed"
    assert "args: --fast two words" in bench.logs.text()
    if best_sandbox() is not Sandbox.NONE:
        assert "hps: none" in bench.logs.text()


def test_an_own_entry_point_that_fails_without_a_word(bench: JobBench) -> None:
    """Without a failure file the reason is the exit code alone."""
    outcome = bench.train(
        "",
        AlgorithmSpecification={
            "TrainingImage": IMAGE,
            "ContainerEntrypoint": ["/bin/sh", "-c", "exit 7"],
        },
    )

    assert outcome.failure_reason == "AlgorithmError: , exit code: 7"


def test_code_may_come_from_a_channel(bench: JobBench) -> None:
    """Without a submit directory the channel `code` is the code."""
    bench.put("src/train.py", "import lib; print(lib.WORD)")
    bench.put("src/lib.py", "WORD = 'from a channel'")
    outcome = bench.train(
        "",
        HyperParameters={"sagemaker_program": '"train.py"'},
        InputDataConfig=[channel("code", f"s3://{BUCKET}/src/")],
    )

    assert outcome.status == "Completed"
    assert bench.logs.text() == "from a channel"


def test_code_may_be_an_archive_in_a_channel(bench: JobBench) -> None:
    """A submit directory that is a tar file in a channel is unpacked, as under isolation."""
    bench.put("src/sourcedir.tar.gz", tar_of({"train.py": "print('unpacked')"}))
    bench.train(
        "",
        HyperParameters={
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": '"/opt/ml/input/data/code/sourcedir.tar.gz"',
        },
        InputDataConfig=[channel("code", f"s3://{BUCKET}/src/")],
    )

    assert bench.logs.text() == "unpacked"


def test_code_that_would_unpack_outside_fails_the_job(bench: JobBench) -> None:
    """A code archive with a member outside is refused."""
    uri = bench.put("code/evil.tar.gz", tar_of({"../../evil.py": "x"}))
    outcome = bench.train(
        "",
        HyperParameters={"sagemaker_program": "train.py", "sagemaker_submit_directory": uri},
    )

    assert outcome.status == "Failed"
    assert "would lie outside" in str(outcome.failure_reason)


def test_a_shell_script_is_a_program_too(bench: JobBench) -> None:
    """A program that does not end in .py runs by the shell, as the toolkit does."""
    bench.train(
        "",
        files={"go.sh": "#!/bin/sh\necho shell $1 $2\n"},
        arguments={"sagemaker_program": "go.sh", "depth": "3"},
    )

    assert bench.logs.text() == "shell --depth 3"


def test_hosts_talk_by_name_and_their_models_are_one(bench: JobBench) -> None:
    """Two hosts reach each other by name, log apart, and their model directories are merged."""
    outcome = bench.train(TALK, hosts=2)

    assert (outcome.status, outcome.failure_reason) == ("Completed", None)
    assert "algo-2 says hello" in bench.logs.text("algo-1-")
    assert "sent" in bench.logs.text("algo-2-")
    assert bench.members(f"{OUTPUT}/model.tar.gz") == {
        "algo-1.txt": "algo-1",
        "algo-2.txt": "algo-2",
        "both.txt": "algo-1",
    }


TALK = """
import json, os, socket, time
me, hosts = os.environ["SM_CURRENT_HOST"], json.loads(os.environ["SM_HOSTS"])
for name in (f"{me}.txt", "both.txt"):
    open(os.environ["SM_MODEL_DIR"] + "/" + name, "w").write(me)
if me == hosts[0]:
    with socket.create_server((me, 29123)) as server:
        connection, _ = server.accept()
        print(connection.recv(100).decode(), flush=True)
else:
    deadline = time.monotonic() + 60
    while True:
        try:
            peer = socket.create_connection((hosts[0], 29123), timeout=60)
            break
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    peer.sendall(f"{me} says hello".encode())
    print("sent")
"""


def test_hosts_talk_by_name_without_namespaces(bench: JobBench, tmp_path: Path) -> None:
    """Where there are no namespaces, Python jobs still reach each other by name."""
    fallback = JobBench(tmp_path, bench.store, sandbox=Sandbox.NONE)
    outcome = fallback.train(TALK, hosts=2)
    fallback.close()

    assert (outcome.status, outcome.failure_reason) == ("Completed", None)
    assert "algo-2 says hello" in fallback.logs.text("algo-1-")
    assert "without namespaces" in fallback.logs.text("algo-1-")


REACH = """
import os, socket, sys
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[2])), timeout=60)
    print("reached outside")
except OSError:
    print("outside is unreachable")
print(os.environ.get("AWS_ENDPOINT_URL", "no endpoint"))
"""


@needs_namespaces
@pytest.mark.parametrize("isolated", [False, True])
def test_network_isolation_leaves_only_the_jobs_hosts(bench: JobBench, isolated: bool) -> None:  # noqa: FBT001
    """Isolated hosts reach each other and nothing outside; others reach this machine."""
    with closing(socket.create_server(("127.0.0.1", 0))) as outside:
        outcome = bench.train(
            REACH + TALK,
            hosts=2,
            arguments={"port": str(outside.getsockname()[1])},
            EnableNetworkIsolation=isolated,
        )

    assert (outcome.status, outcome.failure_reason) == ("Completed", None)
    assert "algo-2 says hello" in bench.logs.text("algo-1-")
    for host in ("algo-1-", "algo-2-"):
        expected = "outside is unreachable" if isolated else "reached outside"
        assert expected in bench.logs.text(host)
        assert ("no endpoint" in bench.logs.text(host)) is isolated


def test_each_host_sees_its_shard_and_the_whole_of_the_rest(bench: JobBench) -> None:
    """ShardedByS3Key deals the sorted keys out; FullyReplicated gives each host all."""
    for number in range(5):
        bench.put(f"data/part-{number}", "x")
    uri = f"s3://{BUCKET}/data/"
    bench.train(
        "import os\n"
        "for name in 'SM_CHANNEL_SHARDED', 'SM_CHANNEL_WHOLE':\n"
        "    print(name, sorted(os.listdir(os.environ[name])))",
        hosts=2,
        InputDataConfig=[
            channel("sharded", uri, distribution="ShardedByS3Key"),
            channel("whole", uri),
        ],
    )

    everything = str([f"part-{number}" for number in range(5)])
    for host, shard in (("algo-1-", [0, 2, 4]), ("algo-2-", [1, 3])):
        expected = str([f"part-{number}" for number in shard])
        assert bench.logs.text(host).splitlines() == [
            f"SM_CHANNEL_SHARDED {expected}",
            f"SM_CHANNEL_WHOLE {everything}",
        ]


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
    outcome = bench.train(STUBBORN, StoppingCondition={"MaxRuntimeInSeconds": 5})

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
    while bench.keys("checkpoints/") != ["checkpoints/one/epoch"]:
        assert not running.done()
    bench.progress.stop_requested.set()
    assert running.result().status == "Stopped"

    bench.progress.stop_requested.clear()
    assert bench.train(script, **config).status == "Completed"
    assert "starts from 1" in bench.logs.text()
    assert bench.get("checkpoints/one/epoch") == b"2"


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


def test_the_workspace_is_removed_unless_kept(bench: JobBench, tmp_path: Path) -> None:
    """A finished job leaves no directory behind, unless told to."""
    bench.train("")
    assert list(bench.platform.workspace.iterdir()) == []

    keeping = JobBench(tmp_path, bench.store, keep_workspaces=True)
    keeping.train("")
    keeping.close()
    (left,) = keeping.platform.workspace.iterdir()
    assert (left / "algo-1" / "ml" / "code" / "train.py").exists()
    keeping.platform.sweep()
    assert list(keeping.platform.workspace.iterdir()) == []
