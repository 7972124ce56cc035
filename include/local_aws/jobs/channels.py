"""What a channel or processing input holds: which S3 objects, under which names, on which host."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Self

from include.local_aws.jobs.errors import JobFailedError
from include.local_aws.jobs.s3_uri import S3Uri
from include.local_aws.s3.errors import NoSuchBucket, S3Error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from include.local_aws.s3.store import ObjectStore
    from include.local_aws.s3.stored_object import StoredObject

_LARGEST_MANIFEST = 64 << 20


@dataclass(frozen=True, kw_only=True)
class DataSource:
    """S3 data that a job wants: training channels and processing inputs come to the same.

    :param name: The channel's or input's name.
    :param sharded: Deal the objects out to the hosts instead of giving all to each.
    :param gzip: Unpack the objects.
    :param groups: Instance groups that get the data, all where there are none.
    """

    name: str
    uri: S3Uri
    data_type: str = "S3Prefix"
    sharded: bool = False
    gzip: bool = False
    groups: Sequence[str] = ()

    @classmethod
    def of_channel(cls, channel: Mapping[str, Any], default_mode: str) -> Self:
        """Read an element of InputDataConfig; `JobFailedError` where it cannot be served here."""
        name = channel["ChannelName"]
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            raise JobFailedError(
                f"ClientError: The embedded AWS serves channels from S3 only; {name!r} is not."
            )
        _refuse_pipe(name, channel.get("InputMode", default_mode))
        _refuse_record_io(name, channel)
        return cls(
            name=name,
            uri=S3Uri.parse(source["S3Uri"]),
            data_type=_data_type(name, source["S3DataType"]),
            sharded=source.get("S3DataDistributionType") == "ShardedByS3Key",
            gzip=channel.get("CompressionType") == "Gzip",
            groups=source.get("InstanceGroupNames", ()),
        )

    @classmethod
    def of_processing_input(cls, entry: Mapping[str, Any]) -> Self:
        """Read an element of ProcessingInputs; `JobFailedError` where it cannot be served here."""
        name = entry["InputName"]
        source = entry.get("S3Input")
        if source is None:
            raise JobFailedError(
                f"ClientError: The embedded AWS serves inputs from S3 only; {name!r} is not."
            )
        _refuse_pipe(name, source.get("S3InputMode", "File"))
        return cls(
            name=name,
            uri=S3Uri.parse(source["S3Uri"]),
            data_type=_data_type(name, source["S3DataType"]),
            sharded=source.get("S3DataDistributionType") == "ShardedByS3Key",
            gzip=source.get("S3CompressionType") == "Gzip",
        )


def _refuse_pipe(name: str, mode: str) -> None:
    if mode == "Pipe":
        raise JobFailedError(
            f"ClientError: The embedded AWS has no Pipe mode, which {name!r} asks for; use File "
            "or FastFile."
        )


def _refuse_record_io(name: str, channel: Mapping[str, Any]) -> None:
    if channel.get("RecordWrapperType", "None") != "None":
        raise JobFailedError(
            f"ClientError: RecordWrapperType of channel {name!r} must be None in File mode."
        )


def _data_type(name: str, data_type: str) -> str:
    if data_type not in {"S3Prefix", "ManifestFile"}:
        raise JobFailedError(
            f"ClientError: The embedded AWS serves S3Prefix and ManifestFile; {name!r} asks for "
            f"{data_type}."
        )
    return data_type


@dataclass(frozen=True)
class ChannelFile:
    """An object and where it lands, relative to the channel's directory."""

    name: str
    stored: StoredObject


@dataclass(frozen=True)
class Asker:
    """On whose behalf data is looked for: what AWS's error text names."""

    region: str
    role: str


def find_files(source: DataSource, store: ObjectStore, asker: Asker) -> list[ChannelFile]:
    """Every object of the source, sorted by key; `JobFailedError` if there is none."""
    try:
        if source.data_type == "ManifestFile":
            return _from_manifest(source, store)
        files = _below_prefix(source.uri, store)
    except NoSuchBucket:
        files = []
    except S3Error as error:
        raise JobFailedError(f"ClientError: Data download failed:{error.message}") from error
    if not files:
        raise JobFailedError(_nothing_found(source.uri, asker))
    return files


def _nothing_found(uri: S3Uri, asker: Asker) -> str:
    """AWS's words for an input without data."""
    return (
        f'ClientError: Data download failed:No S3 objects found under S3 URL "{uri}" given in '
        "input data source. Please ensure that the bucket exists in the selected region "
        f"({asker.region}), that objects exist under that S3 prefix, and that the role "
        f'"{asker.role}" has "s3:ListBucket" permissions on bucket "{uri.bucket}".'
    )


def _below_prefix(uri: S3Uri, store: ObjectStore) -> list[ChannelFile]:
    """The objects under a prefix; keys that end in a slash mark directories and hold nothing."""
    return [
        ChannelFile(_relative_name(uri.key, stored.key), stored)
        for stored in store.list(uri.bucket, uri.key)
        if not stored.key.endswith("/")
    ]


def _relative_name(prefix: str, key: str) -> str:
    """What is left of a key below a prefix; a prefix that ends inside a name keeps that name."""
    remainder = key.removeprefix(prefix)
    if not prefix or prefix.endswith("/") or remainder.startswith("/"):
        return safe_name(remainder.lstrip("/"))
    return safe_name(key[prefix.rfind("/") + 1 :])


def safe_name(name: str) -> str:
    """A key as a relative path; `JobFailedError` if it would lead outside."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name or not path.parts:
        raise JobFailedError(f"ClientError: Data download failed:{name!r} is no name for a file.")
    return str(path)


def _from_manifest(source: DataSource, store: ObjectStore) -> list[ChannelFile]:
    """The objects a manifest lists: `[{"prefix": "s3://bucket/some/"}, "relative", ...]`."""
    prefix, names = _read_manifest(source.uri, store)
    files = [
        ChannelFile(safe_name(name), store.head(prefix.bucket, f"{prefix.key}{name}"))
        for name in names
    ]
    return sorted(files, key=lambda file: file.stored.key)


def _read_manifest(uri: S3Uri, store: ObjectStore) -> tuple[S3Uri, list[str]]:
    with store.open(uri.bucket, uri.key) as body:
        text = body.read(_LARGEST_MANIFEST)
    try:
        first, *names = json.loads(text)
        prefix = S3Uri.parse(first["prefix"])
    except (ValueError, TypeError, KeyError) as error:
        raise _bad_manifest(uri) from error
    if not names or not all(isinstance(name, str) for name in names):
        raise _bad_manifest(uri)
    return prefix, names


def _bad_manifest(uri: S3Uri) -> JobFailedError:
    return JobFailedError(
        f"ClientError: Data download failed:{uri} is not a manifest such as "
        '[{"prefix": "s3://bucket/some/"}, "relative/name"].'
    )


def shard(files: Sequence[ChannelFile], number: int, count: int) -> list[ChannelFile]:
    """The files of host `number` (from 0) of `count`: dealt round in the order of their keys."""
    return list(files[number::count])
