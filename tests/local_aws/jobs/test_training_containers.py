"""Training containers find what SageMaker gives them, and run what the request says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from include.local_aws.jobs.namespaces import Sandbox, best_sandbox
from tests.local_aws.jobs.job_bench import BUCKET, IMAGE, JobBench, channel, tar_of

needs_namespaces = pytest.mark.skipif(
    best_sandbox() is Sandbox.NONE, reason="this machine allows no namespaces"
)
OUTPUT = "models/job/output"


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


def test_requirements_are_not_installed_and_that_is_said(bench: JobBench) -> None:
    """A requirements.txt beside the script is passed over with a line in the log."""
    outcome = bench.train("print('ran')", files={"requirements.txt": "no-such-package==1"})

    assert outcome.status == "Completed"
    assert "does not install requirements.txt" in bench.logs.text()


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
