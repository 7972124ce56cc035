"""Job code goes to S3 once for each content, byte for byte the same from any machine."""

from __future__ import annotations

import io
import os
import tarfile
from typing import TYPE_CHECKING

import pytest

from airflow_sagemaker.hooks.aws_calls import hold
from airflow_sagemaker.hooks.job_code import (
    JobCode,
    content_digest,
    is_published,
    pack,
    read_folder,
)

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a code folder with files that belong in it and files that do not."""
    jobs = tmp_path / "jobs"
    for name, text in {
        "train.py": "print(1)\n",
        "inner/help.py": "pass\n",
        "requirements.txt": "numpy\n",
        "__pycache__/train.pyc": "x",
        ".hidden": "x",
        ".git/config": "x",
    }.items():
        path = jobs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return jobs


def test_caches_and_hidden_files_stay_here(folder: Path) -> None:
    """What is excluded stays too."""
    assert list(read_folder(folder)) == ["inner/help.py", "requirements.txt", "train.py"]
    assert list(read_folder(folder, ("requirements.*",))) == ["inner/help.py", "train.py"]


def test_the_archive_is_the_same_whenever_the_files_are(folder: Path) -> None:
    """Neither times nor modes nor owners are in it."""
    before = pack(read_folder(folder))
    os.utime(folder / "train.py", (1, 1))
    (folder / "train.py").chmod(0o700)

    assert pack(read_folder(folder)) == before


def test_the_archive_unpacks_to_the_files(folder: Path) -> None:
    """Any tar reads it."""
    files = read_folder(folder)

    with tarfile.open(fileobj=io.BytesIO(pack(files)), mode="r:gz") as archive:
        members = archive.getmembers()
        contents = [archive.extractfile(member) for member in members]
        assert {m.name: c.read() for m, c in zip(members, contents, strict=True) if c} == files


def test_the_digest_changes_with_names_and_contents() -> None:
    """A renamed or changed file is other code, also where the bytes joined are alike."""
    digests = {
        content_digest(files)
        for files in ({"a": b"bc"}, {"ab": b"c"}, {"a": b"b", "c": b""}, {"a": b"bd"}, {})
    }

    assert len(digests) == 5


def test_code_is_published_once(
    folder: Path, connection: AwsConnection, bucket: str, account: Account
) -> None:
    """The second time nothing is written; archive and single files have the same content."""
    code = JobCode(folder, bucket, "art", ("requirements.txt",))

    assert code.publish(connection) is True
    assert code.publish(connection) is False

    place = f"art/code/{code.digest}"
    listed = account.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    assert [entry["Key"] for entry in listed] == [
        f"{place}/files/inner/help.py",
        f"{place}/files/train.py",
        f"{place}/sourcedir.tar.gz",
    ]
    assert code.archive_uri == f"s3://{bucket}/{place}/sourcedir.tar.gz"
    assert code.files_uri == f"s3://{bucket}/{place}/files/"


def test_an_interrupted_publication_is_finished(
    folder: Path, connection: AwsConnection, bucket: str, account: Account
) -> None:
    """The archive is written last, so without it all is written again."""
    code = JobCode(folder, bucket, "art")
    code.publish(connection)
    s3 = account.client("s3")
    s3.delete_object(Bucket=bucket, Key=code.archive_uri.removeprefix(f"s3://{bucket}/"))
    s3.delete_object(Bucket=bucket, Key=f"art/code/{code.digest}/files/train.py")

    assert code.publish(connection) is True

    s3.head_object(Bucket=bucket, Key=f"art/code/{code.digest}/files/train.py")


def test_changed_code_gets_a_place_of_its_own(folder: Path) -> None:
    """A job that runs keeps the code it was given."""
    before = JobCode(folder, "b", "art").archive_uri
    (folder / "train.py").write_text("print(2)\n", encoding="utf-8")

    assert JobCode(folder, "b", "art").archive_uri != before


def test_a_triggerer_can_tell_whether_code_is_published(
    folder: Path, connection: AwsConnection, bucket: str
) -> None:
    """It asks S3, and reads no folder."""
    code = JobCode(folder, bucket, "art")

    assert not hold(connection, is_published(code.archive_uri))
    code.publish(connection)
    assert hold(connection, is_published(code.archive_uri))
    assert not hold(connection, is_published(code.archive_uri[:-1]))
