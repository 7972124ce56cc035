"""Lays a container's `/opt/ml` out: the model's files, and the program if it comes apart."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from include.local_aws.jobs.archives import UnsafeArchiveError, extract
from include.local_aws.jobs.errors import JobFailedError
from include.local_aws.jobs.s3_uri import S3Uri
from include.local_aws.jobs.workspace import remove
from include.local_aws.s3.errors import S3Error

if TYPE_CHECKING:
    from include.local_aws.s3.store import ObjectStore
    from include.local_aws.serving.model_plan import ContainerPlan, ModelData


class ModelDataError(Exception):
    """A model's files cannot be fetched or unpacked."""


def lay_out(plan: ContainerPlan, store: ObjectStore, opt_ml: Path) -> None:
    """Fill `opt_ml` for a container; what was there is removed.

    `model` gets the model data, `code` the archive of `SAGEMAKER_SUBMIT_DIRECTORY` if that is in
    S3. Raises `ModelDataError`.
    """
    remove(opt_ml)
    for name in ("model", "code", "serving"):
        (opt_ml / name).mkdir(parents=True)
    if plan.data is not None:
        _fetch(plan, plan.data, store, opt_ml / "model")
    submitted = plan.environment.get("SAGEMAKER_SUBMIT_DIRECTORY", "")
    if submitted.startswith("s3://"):
        try:
            _unpack(submitted, store, opt_ml / "code")
        except (S3Error, JobFailedError, UnsafeArchiveError) as error:
            text = f"Failed to download SAGEMAKER_SUBMIT_DIRECTORY {submitted}: {error}"
            raise ModelDataError(text) from error


def _fetch(plan: ContainerPlan, data: ModelData, store: ObjectStore, target: Path) -> None:
    fetch = {"archive": _unpack, "prefix": _copy_prefix, "object": _copy_object}[data.kind]
    try:
        fetch(data.uri, store, target)
    except (S3Error, JobFailedError, UnsafeArchiveError) as error:
        raise ModelDataError(
            f'Failed to download model data for container "{plan.hostname}" from URL: '
            f'"{data.uri}". Please ensure that there is an object located at the URL and that the '
            "role passed to CreateModel has permissions to download the object. "
            f"({type(error).__name__}: {error})"
        ) from error


def _unpack(uri: str, store: ObjectStore, target: Path) -> None:
    place = S3Uri.parse(uri)
    archive = target.with_name(f"{target.name}.tar.gz")
    _copy(place.bucket, place.key, store, archive)
    try:
        extract(archive, target)
    finally:
        archive.unlink()


def _copy_object(uri: str, store: ObjectStore, target: Path) -> None:
    place = S3Uri.parse(uri)
    _copy(place.bucket, place.key, store, target / PurePosixPath(place.key).name)


def _copy_prefix(uri: str, store: ObjectStore, target: Path) -> None:
    place = S3Uri.parse(uri)
    prefix = f"{place.key.rstrip('/')}/" if place.key else ""
    found = [thing for thing in store.list(place.bucket, prefix) if not thing.key.endswith("/")]
    if not found:
        raise JobFailedError(f"There are no objects under {uri}")
    for thing in found:
        inside = PurePosixPath(thing.key.removeprefix(prefix))
        if ".." in inside.parts or inside.is_absolute():
            raise UnsafeArchiveError(f"The key {thing.key!r} would lie outside the model.")
        _copy(place.bucket, thing.key, store, target / inside)


def _copy(bucket: str, key: str, store: ObjectStore, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with store.open(bucket, key) as source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy)
