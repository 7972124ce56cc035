"""The embedded S3 as the clients use it that people have: none of them knows that it is not AWS."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import boto3
import pytest
from aiobotocore.session import get_session
from boto3.s3.transfer import TransferConfig

from tests.local_aws.s3.conftest import CREDENTIALS

MEBIBYTE = 1024 * 1024
CONFIG = TransferConfig(
    multipart_threshold=8 * MEBIBYTE, multipart_chunksize=8 * MEBIBYTE, max_concurrency=4
)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file that is large enough for parts: 20 MiB and a bit."""
    path = tmp_path_factory.mktemp("large") / "model.bin"
    path.write_bytes(Random(0).randbytes(20 * MEBIBYTE + 5))  # noqa: S311 - any bytes will do
    return path


@pytest.fixture
def environment(endpoint: str, tmp_path: Path) -> dict[str, str]:
    """Give what a program needs to talk to the embedded S3, and nothing of this machine's."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def test_the_transfer_manager(client: Any, bucket: str, large: Path, tmp_path: Path) -> None:
    """A file goes up in parts and comes down in ranges, both verified by checksum."""
    client.upload_file(
        str(large), bucket, "model", Config=CONFIG, ExtraArgs={"Metadata": {"by": "me"}}
    )
    head = client.head_object(Bucket=bucket, Key="model", ChecksumMode="ENABLED")
    assert head["ETag"].endswith('-3"')
    assert head["Metadata"] == {"by": "me"}
    assert "ChecksumCRC32" in head
    client.download_file(bucket, "model", str(tmp_path / "down"), Config=CONFIG)
    assert (tmp_path / "down").read_bytes() == large.read_bytes()
    client.copy({"Bucket": bucket, "Key": "model"}, bucket, "copy", Config=CONFIG)
    assert client.head_object(Bucket=bucket, Key="copy")["ContentLength"] == large.stat().st_size
    with (tmp_path / "again").open("wb") as file:
        client.download_fileobj(bucket, "copy", file, Config=CONFIG)
    assert (tmp_path / "again").read_bytes() == large.read_bytes()


def test_boto3_resources(endpoint: str, client: Any, bucket: str) -> None:
    """Collections, objects and waiters work as they do on AWS."""
    place = boto3.resource("s3", endpoint_url=endpoint, **CREDENTIALS).Bucket(bucket)
    for key in ("a/1", "a/2", "b/1"):
        place.put_object(Key=key, Body=key.encode())
    assert [found.key for found in place.objects.filter(Prefix="a/")] == ["a/1", "a/2"]
    with place.Object("b/1").get()["Body"] as body:
        assert body.read() == b"b/1"
    client.get_waiter("object_exists").wait(Bucket=bucket, Key="a/1")
    place.objects.filter(Prefix="a/").delete()
    assert [found.key for found in place.objects.all()] == ["b/1"]
    place.object_versions.delete()
    client.get_waiter("object_not_exists").wait(Bucket=bucket, Key="b/1")
    place.delete()
    client.get_waiter("bucket_not_exists").wait(Bucket=bucket)
    place.meta.client.close()


def test_aiobotocore(endpoint: str, bucket: str) -> None:
    """Many requests at once from one event loop."""

    async def use() -> dict[str, bytes]:
        async with get_session().create_client(
            "s3", endpoint_url=endpoint, **CREDENTIALS
        ) as client:
            puts = (
                client.put_object(Bucket=bucket, Key=f"k{number}", Body=b"%d" % number)
                for number in range(20)
            )
            await asyncio.gather(*puts)
            with pytest.raises(client.exceptions.ClientError, match="PreconditionFailed"):
                await client.put_object(Bucket=bucket, Key="k1", IfNoneMatch="*")
            contents = {}
            async for page in client.get_paginator("list_objects_v2").paginate(
                Bucket=bucket, PaginationConfig={"PageSize": 7}
            ):
                for entry in page["Contents"]:
                    found = await client.get_object(Bucket=bucket, Key=entry["Key"])
                    async with found["Body"] as body:
                        contents[entry["Key"]] = await body.read()
            return contents

    assert asyncio.run(use()) == {f"k{number}": b"%d" % number for number in range(20)}


def test_the_aws_cli(
    client: Any, bucket: str, large: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    """`aws s3 cp`, `sync`, `ls`, `rm` and `aws s3api`."""

    def aws(*arguments: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-m", "awscli", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    source, target = tmp_path / "source", tmp_path / "target"
    (source / "deep").mkdir(parents=True)
    (source / "a.txt").write_text("a")
    (source / "deep" / "b c+é.txt").write_text("b")
    aws("s3", "cp", str(large), f"s3://{bucket}/large")
    aws("s3", "sync", str(source), f"s3://{bucket}/dir")
    listed = [
        line.split(maxsplit=3)[-1] for line in aws("s3", "ls", f"s3://{bucket}/dir/").splitlines()
    ]
    assert listed == ["deep/", "a.txt"]
    aws("s3", "sync", f"s3://{bucket}/dir", str(target))
    assert (target / "deep" / "b c+é.txt").read_text() == "b"
    aws("s3", "rm", "--recursive", f"s3://{bucket}/dir")
    names = aws("s3api", "list-objects-v2", "--bucket", bucket, "--query", "Contents[].Key")
    assert names.split() == ["[", '"large"', "]"]
    with client.get_object(Bucket=bucket, Key="large")["Body"] as body:
        assert hashlib.sha256(body.read()).digest() == hashlib.sha256(large.read_bytes()).digest()


AIRFLOW = """
import sys
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor

bucket, path = sys.argv[1:]
hook = S3Hook(aws_conn_id=None)
hook.load_string("hello", "in/a.txt", bucket)
hook.load_file(path, "in/large", bucket, acl_policy="bucket-owner-full-control")
assert hook.read_key("in/a.txt", bucket) == "hello"
assert hook.check_for_key("in/a.txt", bucket) and not hook.check_for_key("in/b.txt", bucket)
assert hook.check_for_wildcard_key("in/*.txt", bucket)
assert hook.list_keys(bucket, prefix="in/") == ["in/a.txt", "in/large"]
assert hook.list_prefixes(bucket, delimiter="/") == ["in/"]
hook.copy_object("in/a.txt", "out/a.txt", bucket, bucket)
try:
    hook.load_string("again", "in/a.txt", bucket)
except ValueError:
    pass
else:
    raise AssertionError("an existing key was replaced")
sensor = {"task_id": "wait", "bucket_name": bucket, "aws_conn_id": None}
assert S3KeySensor(bucket_key="out/a.txt", **sensor).poke({})
assert S3KeySensor(bucket_key="out/*", wildcard_match=True, **sensor).poke({})
assert not S3KeySensor(bucket_key="out/b.txt", **sensor).poke({})
hook.put_bucket_tagging(bucket_name=bucket, key="team", value="flights")
assert hook.get_bucket_tagging(bucket) == [{"Key": "team", "Value": "flights"}]
hook.download_file("in/large", bucket, local_path=path + ".d", preserve_file_name=True)
hook.delete_bucket(bucket, force_delete=True)
assert not hook.check_for_bucket(bucket)
print("done")
"""


def test_the_amazon_providers_hook_and_sensor(
    bucket: str, large: Path, environment: dict[str, str]
) -> None:
    """Airflow's S3Hook and S3KeySensor, in a process of their own."""
    Path(f"{large}.d").mkdir()
    ran = subprocess.run(
        [sys.executable, "-c", AIRFLOW, bucket, str(large)],
        env={**environment, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ran.stdout.splitlines()[-1:] == ["done"], ran.stdout + ran.stderr
    downloaded = next(Path(f"{large}.d").rglob("*large*"))
    assert downloaded.read_bytes() == large.read_bytes()
