"""Packing of job code: a folder goes to S3 once for each content it ever had."""

from __future__ import annotations

import fnmatch
import functools
import gzip
import hashlib
import io
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_sagemaker.hooks.aws_calls import Call
from airflow_sagemaker.hooks.patience import Patience, patiently
from airflow_sagemaker.hooks.s3_objects import S3ObjectsHook

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_sagemaker.hooks.aws_calls import Talk
    from airflow_sagemaker.hooks.connection import AwsConnection

ARCHIVE = "sourcedir.tar.gz"
_NEVER = ("__pycache__", "*.pyc", ".*")


@dataclass(frozen=True)
class JobCode:
    """A folder with job scripts and the place in S3 that its present content has.

    The place is named by the content's digest, so code that a running job was given never changes.

    :param folder: the folder on disk
    :param bucket: where it is published
    :param prefix: prefix in the bucket, without slashes at its ends
    :param excludes: patterns of file and folder names to leave out
    """

    folder: Path
    bucket: str
    prefix: str
    excludes: tuple[str, ...] = ()

    @functools.cached_property
    def digest(self) -> str:
        """Digest of the files' names and contents."""
        return content_digest(read_folder(self.folder, self.excludes))

    @property
    def archive_uri(self) -> str:
        """The folder as a tar.gz: what script mode takes as `sagemaker_submit_directory`."""
        return f"s3://{self.bucket}/{self._place}/{ARCHIVE}"

    @property
    def files_uri(self) -> str:
        """The prefix that holds the folder's files one by one: what a processing job takes."""
        return f"s3://{self.bucket}/{self._place}/files/"

    def publish(self, connection: AwsConnection) -> bool:
        """Put the code in its place unless it is there; the archive, last, marks it complete.

        :returns: whether anything had to be written
        """
        store = S3ObjectsHook(connection, self.bucket)
        archive = f"{self._place}/{ARCHIVE}"
        if store.exists(archive):
            return False
        files = read_folder(self.folder, self.excludes)
        for name, content in files.items():
            store.write_bytes(f"{self._place}/files/{name}", content)
        store.write_bytes(archive, pack(files))
        return True

    @property
    def _place(self) -> str:
        return f"{self.prefix}/code/{self.digest}"


def is_published(archive_uri: str) -> Talk[bool]:
    """Tell whether code is in its place in S3.

    :param archive_uri: a `JobCode.archive_uri`; the archive is written last
    """
    bucket, _, key = archive_uri.removeprefix("s3://").partition("/")
    call = Call(
        service="s3",
        operation="list_objects_v2",
        about=archive_uri,
        parameters={"Bucket": bucket, "Prefix": key, "MaxKeys": 1},
    )
    answer = yield from patiently(call, Patience())
    return any(entry["Key"] == key for entry in answer.get("Contents", []))


def read_folder(folder: Path, excludes: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Read a folder's files by relative name, in order, without caches and hidden files."""
    patterns = (*_NEVER, *excludes)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    relative = {path.relative_to(folder): path for path in paths}
    return {
        name.as_posix(): path.read_bytes()
        for name, path in relative.items()
        if not any(fnmatch.fnmatch(part, p) for part in name.parts for p in patterns)
    }


def content_digest(files: dict[str, bytes]) -> str:
    """Digest names and contents; 20 hexadecimal digits."""
    whole = hashlib.sha256()
    for name, content in sorted(files.items()):
        whole.update(f"{len(name)}:{name}:{len(content)}:".encode())
        whole.update(content)
    return whole.hexdigest()[:20]


def pack(files: dict[str, bytes]) -> bytes:
    """Pack files into a tar.gz that is the same, byte for byte, whenever the files are."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=0)
