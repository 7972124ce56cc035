"""A predictions partition is made once for what it depends on, and is whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_sagemaker.decisions.predictions import (
    Part,
    Source,
    fingerprint,
    is_made,
    manifest,
)
from airflow_sagemaker.exceptions import PredictionsError

ARN = "arn:aws:sagemaker:us-east-1:111122223333:model-package/ours/1"
sources = st.lists(
    st.builds(Source, key=st.text(max_size=10), etag=st.text(max_size=10)),
    max_size=5,
    unique_by=lambda source: source.key,
)


def made(parts: list[Part], rows: int) -> dict[str, object]:
    """Give the manifest of a partition."""
    return manifest(
        partition="2013-01-01", wanted="f", model_package_arn=ARN, parts=parts, rows=rows
    )


@given(sources, st.randoms(use_true_random=False))
def test_the_order_of_sources_does_not_matter(seen: list[Source], random: object) -> None:
    """Listings may come in any order."""
    shuffled = list(seen)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    one = fingerprint(model_package_arn=ARN, sources=seen, shape="s")
    two = fingerprint(model_package_arn=ARN, sources=shuffled, shape="s")

    assert one == two


@given(sources, sources)
def test_other_sources_give_another_fingerprint(one: list[Source], two: list[Source]) -> None:
    """A late or changed file makes the partition stale."""
    same = sorted(one, key=repr) == sorted(two, key=repr)

    assert (
        fingerprint(model_package_arn=ARN, sources=one, shape="s")
        == fingerprint(model_package_arn=ARN, sources=two, shape="s")
    ) == same


def test_another_model_or_shape_gives_another_fingerprint() -> None:
    """So do a new version and another filter."""
    seen = [Source(key="k", etag="e")]
    prints = {
        fingerprint(model_package_arn=arn, sources=seen, shape=shape)
        for arn in (ARN, f"{ARN}0")
        for shape in ("s", "t")
    }

    assert len(prints) == 4


def test_a_partition_is_made_if_its_manifest_says_so() -> None:
    """Only the very same fingerprint counts."""
    assert is_made({"fingerprint": "f"}, "f")
    assert not is_made({"fingerprint": "g"}, "f")
    assert not is_made({}, "f")
    assert not is_made(None, "f")


def test_a_manifest_names_parts_and_rows() -> None:
    """Readers find everything in it."""
    got = made([Part(key="a", rows=2), Part(key="b", rows=1)], rows=3)

    assert got["parts"] == [{"key": "a", "rows": 2}, {"key": "b", "rows": 1}]
    assert (got["rows"], got["model_package_arn"], got["version"]) == (3, ARN, 1)


@pytest.mark.parametrize(
    ("parts", "rows", "problem"),
    [
        ([], 0, "no predictions"),
        ([Part(key="a", rows=3), Part(key="b", rows=0)], 3, "no predictions in .'b'."),
        ([Part(key="a", rows=2)], 3, "2 predictions for 3 input lines"),
        ([Part(key="a", rows=4)], 3, "4 predictions for 3 input lines"),
    ],
)
def test_a_partition_that_is_not_whole_gets_no_manifest(
    parts: list[Part], rows: int, problem: str
) -> None:
    """Half a partition is never shown."""
    with pytest.raises(PredictionsError, match=problem):
        made(parts, rows)
