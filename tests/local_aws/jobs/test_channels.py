"""Which objects a source holds, under which names, and for which host."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.local_aws.jobs.channels import Asker, ChannelFile, DataSource, find_files, shard
from include.local_aws.jobs.errors import JobFailedError
from include.local_aws.jobs.s3_uri import S3Uri
from tests.local_aws.jobs.job_bench import BUCKET, channel, processing_input

if TYPE_CHECKING:
    from include.local_aws.s3.store import ObjectStore

ASKER = Asker("eu-west-1", "arn:aws:iam::123456789012:role/r")


def names(store: ObjectStore, key: str, data_type: str = "S3Prefix") -> list[str]:
    """The names of the files that a source of that key has."""
    source = DataSource(name="c", uri=S3Uri(BUCKET, key), data_type=data_type)
    return [file.name for file in find_files(source, store, ASKER)]


def put(store: ObjectStore, *keys: str) -> None:
    """Write objects."""
    for key in keys:
        store.put(BUCKET, key, b"x")


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("data/", ["a", "b/c", "train.csv", "train/d"]),
        ("data", ["a", "b/c", "train.csv", "train/d"]),
        ("data/b", ["c"]),
        ("data/a", ["a"]),
        ("data/tr", ["train.csv", "train/d"]),
        ("", ["data/a", "data/b/c", "data/train.csv", "data/train/d"]),
    ],
)
def test_names_are_what_is_left_of_the_key(
    store: ObjectStore, prefix: str, expected: list[str]
) -> None:
    """Files lie under the channel by what follows the prefix; an object itself by its own name."""
    put(store, "data/", "data/a", "data/b/c", "data/b/", "data/train.csv", "data/train/d")

    assert names(store, prefix) == expected


def test_a_manifest_names_its_objects(store: ObjectStore) -> None:
    """A manifest's first element is the prefix of all others, which are also the files' names."""
    put(store, "data/x/1", "data/x/2", "data/x/deep/3")
    manifest = [{"prefix": f"s3://{BUCKET}/data/x/"}, "deep/3", "1"]
    store.put(BUCKET, "m.manifest", json.dumps(manifest).encode())

    assert names(store, "m.manifest", "ManifestFile") == ["1", "deep/3"]


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '["s3://b/x"]', '[{"prefix": "s3://b/"}]', '[{"prefix": "x"}, "a"]', "[1, 2]"],
)
def test_a_broken_manifest_is_refused(store: ObjectStore, text: str) -> None:
    """What is no manifest fails the job."""
    store.put(BUCKET, "m", text.encode())

    with pytest.raises(JobFailedError, match="ClientError"):
        names(store, "m", "ManifestFile")


def test_a_manifest_with_an_object_that_is_not_there(store: ObjectStore) -> None:
    """A manifest, or an object it names, that does not exist fails the job."""
    manifest = json.dumps([{"prefix": f"s3://{BUCKET}/"}, "gone"])
    store.put(BUCKET, "m", manifest.encode())
    for key in ("m", "no-manifest"):
        with pytest.raises(JobFailedError, match="Data download failed:The specified key"):
            names(store, key, "ManifestFile")


@pytest.mark.parametrize("key", ["data/../../etc/x", "data//../x"])
def test_a_key_that_would_lead_outside_is_refused(store: ObjectStore, key: str) -> None:
    """A key is no way out of the channel's directory."""
    put(store, key)

    with pytest.raises(JobFailedError, match="is no name for a file"):
        names(store, "data/")


@pytest.mark.parametrize("uri", [S3Uri(BUCKET, "empty/"), S3Uri("no-such-bucket", "x")])
def test_nothing_found_is_told_in_awss_words(store: ObjectStore, uri: S3Uri) -> None:
    """An empty prefix and a bucket that is not there give AWS's text."""
    with pytest.raises(JobFailedError) as caught:
        find_files(DataSource(name="c", uri=uri), store, ASKER)

    assert str(caught.value) == (
        f'ClientError: Data download failed:No S3 objects found under S3 URL "{uri}" given in '
        "input data source. Please ensure that the bucket exists in the selected region "
        "(eu-west-1), that objects exist under that S3 prefix, and that the role "
        f'"{ASKER.role}" has "s3:ListBucket" permissions on bucket "{uri.bucket}".'
    )


@given(st.integers(0, 50), st.integers(1, 8))
def test_shards_are_fair_and_whole(count: int, hosts: int) -> None:
    """Every object is on exactly one host, and no host has two more than another."""
    files: Any = [ChannelFile(str(number), None) for number in range(count)]  # type: ignore[arg-type]
    shards = [shard(files, number, hosts) for number in range(hosts)]

    assert sorted((f.name for part in shards for f in part), key=int) == [f.name for f in files]
    assert max(map(len, shards)) - min(map(len, shards)) <= 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"InputMode": "Pipe"}, "no Pipe mode"),
        ({"data_type": "AugmentedManifestFile"}, "AugmentedManifestFile"),
        ({"RecordWrapperType": "RecordIO"}, "RecordWrapperType"),
        ({"DataSource": {"FileSystemDataSource": {}}}, "from S3 only"),
    ],
)
def test_channels_that_cannot_be_served_are_refused(more: dict[str, Any], words: str) -> None:
    """Pipe mode, augmented manifests, RecordIO and file systems fail the job clearly."""
    with pytest.raises(JobFailedError, match=words):
        DataSource.of_channel(channel("train", "s3://b/k", **more), "File")


def test_a_channels_mode_overrides_the_jobs() -> None:
    """InputMode of the channel counts before TrainingInputMode."""
    given_mode = channel("train", "s3://b/k", InputMode="File")
    assert DataSource.of_channel(given_mode, "Pipe").uri == S3Uri("b", "k")
    with pytest.raises(JobFailedError, match="no Pipe mode"):
        DataSource.of_channel(channel("train", "s3://b/k"), "Pipe")


def test_a_processing_input_in_pipe_mode_is_refused() -> None:
    """Processing inputs in Pipe mode fail the job clearly."""
    with pytest.raises(JobFailedError, match="no Pipe mode"):
        DataSource.of_processing_input(processing_input("i", "s3://b/k", "/x", S3InputMode="Pipe"))
