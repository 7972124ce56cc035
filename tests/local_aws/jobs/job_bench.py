"""A bench to run jobs on: a real store, real subprocesses, and logs and progress to look into."""

from __future__ import annotations

import io
import sys
import tarfile
import time
from collections import defaultdict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

from include.local_aws.jobs.contract import JobRequest, Outcome
from include.local_aws.jobs.images import ImageTable
from include.local_aws.jobs.platform import JobPlatform
from include.local_aws.jobs.processing import ProcessingExecutor
from include.local_aws.jobs.training import TrainingExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from include.local_aws.jobs.contract import Executor, JobKind
    from include.local_aws.s3.store import ObjectStore

PATIENCE_SECONDS = 60.0
BUCKET = "jobs-bucket"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-base-python:3"
_MISSING = ("The embedded AWS runs", "Without namespaces", "EnableNetworkIsolation is not")
ROLE = "arn:aws:iam::123456789012:role/sagemaker"


class CollectedLogs:
    """A log sink that keeps the lines, and how many were there at each flush."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.streams: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        self.flushed = 0

    def put(self, region: str, group: str, stream: str, lines: Sequence[str]) -> None:
        """Append lines to a stream."""
        with self._lock:
            self.streams[region, group, stream].extend(lines)

    def flush(self) -> None:
        """Remember how much was there."""
        with self._lock:
            self.flushed = sum(map(len, self.streams.values()))

    def lines(self, host: str = "") -> list[str]:
        """Every line of the streams of a host, or of all."""
        with self._lock:
            return [
                line
                for (_, _, name), lines in self.streams.items()
                for line in lines
                if host in name
            ]

    def text(self, host: str = "") -> str:
        """What the jobs wrote, without what is said of a machine that allows no namespaces."""
        return "\n".join(line for line in self.lines(host) if not line.startswith(_MISSING))


@dataclass
class RecordedProgress:
    """A job's progress, kept to look at (see `contract.Progress`)."""

    stop_requested: Event = field(default_factory=Event)
    phases: list[str] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)

    def enter(self, secondary_status: str, message: str = "") -> None:
        """Remember the phase."""
        del message
        self.phases.append(secondary_status)

    def note(self, **fields: Any) -> None:
        """Remember the fields."""
        self.fields.update(fields)


class JobBench:
    """Runs jobs in directories below `root`."""

    def __init__(self, root: Path, store: ObjectStore, **settings: Any) -> None:
        self.root = root
        self.store = store
        self.logs = CollectedLogs()
        self.progress = RecordedProgress()
        self.platform = JobPlatform(
            **{
                "store": store,
                "logs": self.logs,
                "workspace": root / "workspace",
                "images": ImageTable(Path(sys.executable), root / "images.json"),
                "endpoint_url": "http://127.0.0.1:9",
                "stop_grace_seconds": 0.5,
                "checkpoint_seconds": 0.05,
                **settings,
            }
        )
        self._threads = ThreadPoolExecutor()

    def close(self) -> None:
        """End what runs."""
        self.progress.stop_requested.set()
        self._threads.shutdown()

    def put(self, key: str, content: bytes | str = b"") -> str:
        """Write an object; its address."""
        body = content.encode() if isinstance(content, str) else content
        self.store.put(BUCKET, key, body)
        return f"s3://{BUCKET}/{key}"

    def get(self, key: str) -> bytes:
        """Read an object."""
        with self.store.open(BUCKET, key) as body:
            return body.read()

    def keys(self, prefix: str = "") -> list[str]:
        """The keys below a prefix."""
        return [stored.key for stored in self.store.list(BUCKET, prefix)]

    def members(self, key: str) -> dict[str, str]:
        """The files of a tar object and their text."""
        with tarfile.open(fileobj=io.BytesIO(self.get(key)), mode="r:gz") as tar:
            return {
                member.name: content.read().decode()
                for member in tar
                if (content := tar.extractfile(member)) is not None
            }

    def code(self, script: str, files: Mapping[str, str]) -> dict[str, str]:
        """Upload `train.py` and other files as script mode's code; the hyperparameters for it."""
        uri = self.put("code/sourcedir.tar.gz", tar_of({"train.py": script, **files}))
        return {"sagemaker_program": "train.py", "sagemaker_submit_directory": f'"{uri}"'}

    def train(self, script: str, **more: Any) -> Outcome:
        """Run a training job of one script."""
        return self.run(TrainingExecutor(self.platform), self.training(script, **more))

    def training(self, script: str, **more: Any) -> dict[str, Any]:
        """The body of a training job of one script.

        `hosts`, `arguments` and `files` beside the script are short for what says so on AWS.
        """
        hosts = more.pop("hosts", 1)
        arguments: Mapping[str, str] = more.pop("arguments", {})
        files: Mapping[str, str] = more.pop("files", {})
        body = {
            "TrainingJobName": "job",
            "RoleArn": ROLE,
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "HyperParameters": {**self.code(script, files), **arguments},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": hosts},
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        }
        return {**body, **more}

    def process(self, script: str, **more: Any) -> Outcome:
        """Run a processing job of one script."""
        return self.run(ProcessingExecutor(self.platform), self.processing(script, **more))

    def processing(self, script: str, **more: Any) -> dict[str, Any]:
        """The body of a processing job of one script; `hosts` and `inputs` are short for theirs."""
        hosts = more.pop("hosts", 1)
        uri = self.put("code/job.py", script)
        code = processing_input("code", uri, "/opt/ml/processing/input/code")
        body = {
            "ProcessingJobName": "job",
            "RoleArn": ROLE,
            "AppSpecification": {
                "ImageUri": IMAGE,
                "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/job.py"],
            },
            "ProcessingInputs": [code, *more.pop("inputs", [])],
            "ProcessingResources": {
                "ClusterConfig": {
                    "InstanceType": "ml.m5.large",
                    "InstanceCount": hosts,
                    "VolumeSizeInGB": 1,
                }
            },
        }
        return {**body, **more}

    def run(self, executor: Executor, body: Mapping[str, Any]) -> Outcome:
        """Run a job to its end."""
        kind: JobKind = "training-job" if "TrainingJobName" in body else "processing-job"
        arn = f"arn:aws:sagemaker:us-east-1:123456789012:{kind}/job"
        request = JobRequest(kind=kind, name="job", arn=arn, region="us-east-1", body=body)
        return executor(request, self.progress)

    def in_background(
        self, call: Callable[..., Outcome], *args: Any, **more: Any
    ) -> Future[Outcome]:
        """Start a job."""
        return self._threads.submit(call, *args, **more)

    def wait_for_line(self, text: str) -> None:
        """Wait until a container wrote the text."""
        wait_until(lambda: text in self.logs.text(), f"a line with {text!r}")


def tar_of(files: Mapping[str, str]) -> bytes:
    """A tar.gz of text files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            member.mode = 0o755
            tar.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


def channel(name: str, uri: str, **more: Any) -> dict[str, Any]:
    """An element of InputDataConfig; `distribution` and `data_type` are short for its source's."""
    source = {
        "S3DataType": more.pop("data_type", "S3Prefix"),
        "S3Uri": uri,
        "S3DataDistributionType": more.pop("distribution", "FullyReplicated"),
    }
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, **more}


def processing_input(name: str, uri: str, path: str, **more: Any) -> dict[str, Any]:
    """An element of ProcessingInputs."""
    source = {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": {**source, **more}}


def processing_output(name: str, uri: str, path: str, mode: str = "EndOfJob") -> dict[str, Any]:
    """An element of Outputs."""
    return {
        "OutputName": name,
        "S3Output": {"S3Uri": uri, "LocalPath": path, "S3UploadMode": mode},
    }


def wait_until(condition: Callable[[], Any], what: str = "the condition") -> Any:
    """The condition's value once it is true; fails after a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what} did not come in time"
        time.sleep(0.01)
    return value
