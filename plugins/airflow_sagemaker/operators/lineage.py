"""What a job reads and writes, for OpenLineage.

It is read from the request alone, so it is known however the task ended: on a worker, after a
deferral, or with a job that was there already.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OUTPUTS = frozenset({"OutputDataConfig", "TransformOutput", "ProcessingOutputConfig"})
_URIS = frozenset({"S3Uri", "S3OutputPath", "ManifestS3Uri"})


@dataclass(frozen=True, order=True)
class S3Place:
    """A bucket and a key or prefix, as OpenLineage names datasets in S3."""

    namespace: str
    name: str


def places_of(request: Mapping[str, Any]) -> tuple[list[S3Place], list[S3Place]]:
    """Give what a job's request reads and what it writes, each once and in order."""
    found = list(_places(request, is_output=False))
    reads = sorted({place for place, is_output in found if not is_output})
    writes = sorted({place for place, is_output in found if is_output})
    return reads, writes


def operator_lineage(request: Mapping[str, Any]) -> Any:
    """Give a request's places as OpenLineage's provider wants them; that must be installed."""
    from airflow.providers.common.compat.openlineage.facet import Dataset  # noqa: PLC0415

    lineage: Any = importlib.import_module("airflow.providers.openlineage.extractors")
    reads, writes = places_of(request)
    return lineage.OperatorLineage(
        inputs=[Dataset(namespace=place.namespace, name=place.name) for place in reads],
        outputs=[Dataset(namespace=place.namespace, name=place.name) for place in writes],
    )


def _places(node: Any, *, is_output: bool) -> Iterator[tuple[S3Place, bool]]:
    if isinstance(node, list | tuple):
        for entry in node:
            yield from _places(entry, is_output=is_output)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in _URIS and isinstance(value, str) and value.startswith("s3://"):
                yield _place(value), is_output
            else:
                yield from _places(value, is_output=is_output or key in _OUTPUTS)


def _place(uri: str) -> S3Place:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return S3Place(namespace=f"s3://{bucket}", name=key or "/")
