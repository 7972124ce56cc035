"""Batch transform sends S3 objects through a real model server and writes one output for each."""

from __future__ import annotations

import gzip
import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from include.local_aws.jobs.contract import JobRequest, Outcome
from include.local_aws.serving.model_plan import plan_model
from include.local_aws.serving.transform import TransformExecutor
from tests.local_aws.account import wait_until
from tests.local_aws.serving.model_archives import BROKEN, WHOLE, stored_model

if TYPE_CHECKING:
    from include.local_aws.jobs.platform import JobPlatform
    from include.local_aws.s3.store import ObjectStore
    from tests.local_aws.serving.conftest import CollectedLogs

BUCKET = "data"
GROUP = "/aws/sagemaker/TransformJobs"
CSV, JSON, LINES = "text/csv", "application/json", "application/jsonlines"
ONCE = {"InvocationsTimeoutInSeconds": 30, "InvocationsMaxRetries": 0}


@dataclass
class Progress:
    """A job's progress, kept."""

    stop_requested: threading.Event = field(default_factory=threading.Event)
    noted: dict[str, Any] = field(default_factory=dict)

    def enter(self, secondary_status: str, message: str = "") -> None:
        """Pass by."""

    def note(self, **fields: Any) -> None:
        """Keep the fields."""
        self.noted.update(fields)


@dataclass
class Bench:
    """Objects, a model and the executor; `run` is a job from its start to its end."""

    platform: JobPlatform
    store: ObjectStore
    container: dict[str, Any]
    progress: Progress = field(default_factory=Progress)

    def put(self, **objects: str | bytes) -> None:
        """Put objects under `in/`; `__` in a name is a slash, `_` a dot."""
        for name, body in objects.items():
            key = f"in/{name.replace('__', '/').replace('_', '.')}"
            self.store.put(BUCKET, key, body.encode() if isinstance(body, str) else body)

    def run(
        self,
        *,
        given: dict[str, Any] | None = None,
        wanted: dict[str, Any] | None = None,
        uri: str = f"s3://{BUCKET}/in/",
        data_type: str = "S3Prefix",
        instances: int = 1,
        **more: Any,
    ) -> Outcome:
        """Run a job that reads CSV lines and answers CSV lines, unless told otherwise."""
        source = {"S3DataSource": {"S3DataType": data_type, "S3Uri": uri}}
        body = {
            "TransformJobName": "job",
            "ModelName": "m",
            "TransformInput": {
                "DataSource": source,
                **(given or {"ContentType": CSV, "SplitType": "Line"}),
            },
            "TransformOutput": {
                "S3OutputPath": f"s3://{BUCKET}/out",
                **(wanted or {"Accept": CSV, "AssembleWith": "Line"}),
            },
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": instances},
            "ModelClientConfig": ONCE,
            **more,
        }
        request = JobRequest(
            kind="transform-job", name="job", arn="arn", region="us-east-1", body=body
        )
        model = {"ModelName": "m", "PrimaryContainer": self.container}
        executor = TransformExecutor(
            self.platform, lambda _region, _name: plan_model(model, lambda _: None)
        )
        return executor(request, self.progress)

    def outputs(self) -> dict[str, bytes]:
        """Return the output objects by their names below the output path."""
        return {
            stored.key.removeprefix("out/"): stored.path.read_bytes()
            for stored in self.store.list(BUCKET, "out/")
        }


@pytest.fixture
def bench(platform: JobPlatform, store: ObjectStore) -> Bench:
    """A bench whose model doubles numbers."""
    store.create_bucket(BUCKET)
    return Bench(platform, store, stored_model(store, "m"))


@pytest.fixture
def backwards(platform: JobPlatform, store: ObjectStore) -> Bench:
    """A bench whose model answers every body backwards."""
    store.create_bucket(BUCKET)
    return Bench(platform, store, stored_model(store, "m", WHOLE))


def test_every_object_has_its_output_at_the_mirrored_place(bench: Bench) -> None:
    """Outputs are named after their inputs, below the output path, records in their order."""
    bench.put(a_csv="1\n2\n3\n", sub__b_csv="4\n5", empty_csv="")

    assert Outcome(status="Completed") == bench.run()
    assert bench.outputs() == {
        "a.csv.out": b"2.0\n4.0\n6.0\n",
        "sub/b.csv.out": b"8.0\n10.0\n",
        "empty.csv.out": b"",
    }
    assert "TransformStartTime" in bench.progress.noted
    assert bench.store.head(BUCKET, "out/a.csv.out").content_type == CSV


@pytest.mark.parametrize(
    ("uri", "outputs"),
    [
        (f"s3://{BUCKET}/in", {"a.csv.out", "b.csv.out"}),
        (f"s3://{BUCKET}/in/a.csv", {"a.csv.out"}),
        (f"s3://{BUCKET}/in/b", {"b.csv.out"}),
    ],
)
def test_a_prefix_may_end_anywhere(bench: Bench, uri: str, outputs: set[str]) -> None:
    """A prefix without a slash, of one object, or within a name, is read as S3 reads it."""
    bench.put(a_csv="1", b_csv="2")

    assert bench.run(uri=uri).status == "Completed"
    assert outputs == set(bench.outputs())


def test_a_manifest_names_the_objects(bench: Bench) -> None:
    """With ManifestFile only the listed objects are transformed, named relative to its prefix."""
    bench.put(a_csv="1", x__b_csv="2", c_csv="3")
    manifest = [{"prefix": f"s3://{BUCKET}/in/"}, "x/b.csv", "a.csv"]
    bench.store.put(BUCKET, "list.manifest", json.dumps(manifest).encode())

    outcome = bench.run(uri=f"s3://{BUCKET}/list.manifest", data_type="ManifestFile")

    assert outcome.status == "Completed"
    assert bench.outputs() == {"a.csv.out": b"2.0\n", "x/b.csv.out": b"4.0\n"}


@pytest.mark.parametrize(
    ("how", "body", "output"),
    [
        (("None", "None", {}), b"a\nb\n", b"\nb\na"),
        (("None", "Line", {}), b"a\nb\n", b"\nb\na\n"),
        (("Line", "None", {"BatchStrategy": "MultiRecord"}), b"a\nb\n", b"\nb\na"),
        (("Line", "None", {"BatchStrategy": "SingleRecord"}), b"a\nb", b"\nab"),
        (("Line", "Line", {"BatchStrategy": "SingleRecord"}), b"a\nb", b"\na\nb\n"),
        (("Line", "Line", {"BatchStrategy": "MultiRecord"}), b"a\nb", b"b\na\n"),
        (("Line", "Line", {}), b"a\nb", b"b\na\n"),
        (("None", "None", {}), b"\x00\xff", b"\xff\x00"),
    ],
)
def test_splitting_and_assembling(
    backwards: Bench, how: tuple[str, str, dict[str, Any]], body: bytes, output: bytes
) -> None:
    """SplitType and BatchStrategy cut the object, AssembleWith joins the answers."""
    backwards.put(a=body)
    split, assemble, more = how

    outcome = backwards.run(
        given={"ContentType": "x/y", "SplitType": split},
        wanted={"Accept": "x/y", "AssembleWith": assemble},
        **more,
    )

    assert outcome.status == "Completed"
    assert backwards.outputs() == {"a.out": output}


def test_compressed_objects_are_unpacked(bench: Bench) -> None:
    """With CompressionType Gzip the model sees what is in the object; the output is plain."""
    bench.put(a_csv_gz=gzip.compress(b"1\n2\n"))

    outcome = bench.run(given={"ContentType": CSV, "SplitType": "Line", "CompressionType": "Gzip"})

    assert outcome.status == "Completed"
    assert bench.outputs() == {"a.csv.gz.out": b"2.0\n4.0\n"}


def test_an_object_without_limit_is_sent_whole(backwards: Bench) -> None:
    """With MaxPayloadInMB 0 an unsplit object of any size is one request."""
    body = bytes(range(256)) * 40_000
    backwards.put(a=body)

    outcome = backwards.run(
        given={"ContentType": "x/y"}, wanted={"Accept": "x/y"}, MaxPayloadInMB=0
    )

    assert outcome.status == "Completed"
    assert backwards.outputs() == {"a.out": body[::-1]}


def test_a_large_object_keeps_its_order_over_many_requests(bench: Bench) -> None:
    """Several requests at once, several objects, several instances: every record in its place."""
    numbers = range(100_000)
    body = "".join(f"{number},{'x' * 20}\n" for number in numbers)
    bench.put(a_csv=body, b_csv=body, c_csv=body)

    outcome = bench.run(instances=2, MaxConcurrentTransforms=4, MaxPayloadInMB=1)

    assert outcome.status == "Completed"
    expected = "".join(f"{2.0 * number}\n" for number in numbers).encode()
    assert bench.outputs() == dict.fromkeys(("a.csv.out", "b.csv.out", "c.csv.out"), expected)


@pytest.mark.parametrize(
    ("processing", "formats", "body", "output"),
    [
        (
            {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
            (CSV, CSV, "Line"),
            "id-a,1,x\nid-b,2,y\n",
            "id-a,2.0\nid-b,4.0\n",
        ),
        ({"JoinSource": "Input"}, (CSV, CSV, "Line"), '1,"a, b"\n2,c', '1,"a, b",2.0\n2,c,4.0\n'),
        ({"InputFilter": "$[-1]"}, (CSV, CSV, "Line"), "a,3\nb,4\n", "6.0\n8.0\n"),
        (
            {
                "InputFilter": "$.x",
                "JoinSource": "Input",
                "OutputFilter": "$['id','SageMakerOutput']",
            },
            (LINES, LINES, "Line"),
            '{"id": 1, "x": 5}\n{"id": 2, "x": 6}\n',
            '{"id":1,"SageMakerOutput":10.0}\n{"id":2,"SageMakerOutput":12.0}\n',
        ),
        (
            {
                "InputFilter": "$.rows",
                "JoinSource": "Input",
                "OutputFilter": "$.SageMakerOutput[0:1]",
            },
            (JSON, JSON, "None"),
            '{"rows": [1, 2]}',
            "[2.0]\n",
        ),
    ],
)
def test_data_processing(
    bench: Bench,
    processing: dict[str, str],
    formats: tuple[str, str, str],
    body: str,
    output: str,
) -> None:
    """InputFilter, JoinSource and OutputFilter do what SageMaker documents."""
    bench.put(a=body)
    content_type, accept, split = formats

    outcome = bench.run(
        given={"ContentType": content_type, "SplitType": split},
        wanted={"Accept": accept, "AssembleWith": "Line"},
        DataProcessing=processing,
    )

    assert outcome == Outcome(status="Completed")
    assert {"a.out": output.encode()} == bench.outputs()


def test_a_bad_record_costs_its_object_its_output(bench: Bench, logs: CollectedLogs) -> None:
    """The object with a bad record has no output, the others do, and the job fails with why."""
    bench.put(a_csv="1\n", b_csv="1\n2\nbad\n", c_csv="3\n")

    outcome = bench.run(BatchStrategy="SingleRecord")

    assert outcome.status == "Failed"
    assert outcome.failure_reason == (
        "ClientError: See job logs for more information "
        "(data/in/b.csv: ClientError: 422 for record 3: not a number: bad)"
    )
    assert set(bench.outputs()) == {"a.csv.out", "c.csv.out"}
    assert "data/in/b.csv: ClientError: 422 for record 3" in logs.of(GROUP, "/data-log")
    assert "not a number: bad" in logs.of(GROUP, "/data-log")


def test_a_failing_model_is_asked_again(bench: Bench, logs: CollectedLogs) -> None:
    """Server errors are repeated InvocationsMaxRetries times, then the job fails."""
    bench.put(a_csv="-1\n")

    outcome = bench.run(
        ModelClientConfig={"InvocationsTimeoutInSeconds": 30, "InvocationsMaxRetries": 2}
    )

    assert outcome.status == "Failed"
    assert outcome.failure_reason is not None
    assert outcome.failure_reason.startswith("AlgorithmError: See job logs")
    assert "Bad HTTP status received from algorithm: 500" in outcome.failure_reason
    wait_until(lambda: logs.of(GROUP).count("RuntimeError: no negative") == 3, "three attempts")
    assert bench.outputs() == {}


def test_a_request_that_takes_too_long_fails(bench: Bench) -> None:
    """InvocationsTimeoutInSeconds ends a request."""
    bench.put(a_csv="sleep,600\n")

    outcome = bench.run(
        ModelClientConfig={"InvocationsTimeoutInSeconds": 1, "InvocationsMaxRetries": 0}
    )

    assert outcome.status == "Failed"
    assert "Model server did not respond in time" in (outcome.failure_reason or "")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"uri": f"s3://{BUCKET}/nothing/"}, "No S3 objects found under S3 URL"),
        ({"given": {"SplitType": "RecordIO"}}, "does not split objects by RecordIO"),
        ({"given": {"SplitType": "TFRecord"}}, "does not split objects by TFRecord"),
        ({"wanted": {"S3OutputPath": "s3://gone/out"}}, "bucket of S3OutputPath"),
        ({"DataProcessing": {"InputFilter": "$..x"}}, "do not support"),
        ({"given": {"ContentType": CSV, "CompressionType": "Gzip"}}, "Not a gzipped file"),
        (
            {"given": {"ContentType": CSV}, "MaxPayloadInMB": 1},
            "Too much data for max payload size",
        ),
    ],
)
def test_what_cannot_be_done_fails_with_the_reason(
    bench: Bench, more: dict[str, Any], reason: str
) -> None:
    """A job that cannot be done ends Failed, with a reason to act on and without outputs."""
    bench.put(a_csv="1\n" * 600_000)

    outcome = bench.run(**more)

    assert outcome.status == "Failed"
    assert reason in (outcome.failure_reason or "")
    assert bench.outputs() == {}


def test_a_model_that_does_not_load_fails_the_job(
    platform: JobPlatform, store: ObjectStore
) -> None:
    """The reason is AWS's, with the end of the container's log."""
    store.create_bucket(BUCKET)
    bench = Bench(platform, store, stored_model(store, "m", BROKEN))
    bench.put(a_csv="1")

    outcome = bench.run(instances=2)

    assert outcome.status == "Failed"
    reason = outcome.failure_reason or ""
    assert reason.startswith("AlgorithmError: Model container failed to respond to ping")
    assert "the model is broken" in reason


def test_the_container_knows_that_it_transforms(backwards: Bench) -> None:
    """The job's environment wins over the model's, and SAGEMAKER_BATCH is set."""
    backwards.container["Environment"] = {"A": "model", "B": "model"}
    backwards.put(a="environment")

    backwards.run(given={"ContentType": "x/y"}, Environment={"A": "job"}, MaxPayloadInMB=7)

    [text] = backwards.outputs().values()
    variables = dict(eval(text))  # noqa: S307 - the repr of a list of pairs
    assert (variables["A"], variables["B"]) == ("job", "model")
    assert variables["SAGEMAKER_BATCH"] == "true"
    assert variables["SAGEMAKER_MAX_PAYLOAD_IN_MB"] == "7"


def test_instances_share_the_objects_out(bench: Bench, logs: CollectedLogs) -> None:
    """Each instance has a server and log streams of its own; more instances than objects idle."""
    bench.put(a_csv="1", b_csv="2")

    assert bench.run(instances=3).status == "Completed"
    streams = logs.streams(GROUP)
    assert len([stream for stream in streams if stream.endswith("/data-log")]) == 2
    assert len([stream for stream in streams if not stream.endswith("/data-log")]) == 2
    assert "MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD" in logs.of(
        GROUP, "/data-log"
    )


def test_a_job_stops_while_a_request_is_under_way(bench: Bench) -> None:
    """Stop does not wait for the model: the job ends at once and writes no output."""
    bench.put(a_csv="sleep,600\n", b_csv="1\n")

    def stop_when_started() -> None:
        wait_until(lambda: "TransformStartTime" in bench.progress.noted, "the start")
        bench.progress.stop_requested.set()

    threading.Thread(target=stop_when_started).start()

    assert Outcome(status="Stopped") == bench.run()
    assert bench.outputs() == {}


def test_a_job_stopped_before_it_started_runs_nothing(bench: Bench) -> None:
    """A stop request that comes first ends the job before its model is up."""
    bench.put(a_csv="1")
    bench.progress.stop_requested.set()

    assert Outcome(status="Stopped") == bench.run()
    assert bench.outputs() == {}


def test_nothing_is_left_on_disk(bench: Bench) -> None:
    """The job's directory goes with the job."""
    bench.put(a_csv="1")

    bench.run()

    assert list(bench.platform.workspace.iterdir()) == []
