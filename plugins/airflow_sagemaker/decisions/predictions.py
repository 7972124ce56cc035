"""What a predictions partition was made from, and whether it is whole."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.exceptions import PredictionsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MANIFEST_VERSION = 1
MANIFEST = "_manifest.json"


@dataclass(frozen=True, kw_only=True)
class Source:
    """An input object: its key and the ETag of the content that was seen."""

    key: str
    etag: str


def fingerprint(*, model_package_arn: str, sources: Iterable[Source], shape: str) -> str:
    """Digest what a partition's content depends on: inputs, model version, way of transforming.

    :param shape: everything else that decides the content, such as filters, as text
    :returns: 16 hexadecimal digits
    """
    facts = [str(MANIFEST_VERSION), model_package_arn, shape]
    facts += [f"{s.key}={s.etag}" for s in sorted(sources, key=lambda s: s.key)]
    whole = "".join(f"{len(fact)}:{fact}" for fact in facts)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def is_made(manifest: Mapping[str, Any] | None, wanted: str) -> bool:
    """Tell whether a partition's manifest says that it is made from just that."""
    return manifest is not None and manifest.get("fingerprint") == wanted


@dataclass(frozen=True, kw_only=True)
class Part:
    """An object of predictions and how many lines it has."""

    key: str
    rows: int


def manifest(
    *, partition: str, wanted: str, model_package_arn: str, parts: Iterable[Part], rows: int
) -> dict[str, Any]:
    """Describe a finished partition; readers go by this and nothing else.

    :param rows: lines of the input, of which each must have its prediction
    :raises PredictionsError: if there is nothing, an empty part, or another number of rows
    """
    found = list(parts)
    written = sum(part.rows for part in found)
    empty = [part.key for part in found if part.rows == 0]
    if not found or empty:
        raise PredictionsError(
            f"partition {partition} has no predictions in {empty or 'its output prefix'}; "
            "see the transform job's log, then clear its task"
        )
    if written != rows:
        raise PredictionsError(
            f"partition {partition} has {written} predictions for {rows} input lines; "
            "see the transform job's log, then clear its task"
        )
    return {
        "version": MANIFEST_VERSION,
        "partition": partition,
        "fingerprint": wanted,
        "model_package_arn": model_package_arn,
        "rows": rows,
        "parts": [asdict(part) for part in found],
    }
