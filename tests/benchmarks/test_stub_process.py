"""Counts of calls."""

from __future__ import annotations

from benchmarks.stub_process import Counts


def test_since() -> None:
    """The difference of two counts has what came between, new operations included."""
    earlier = Counts(calls={"ListTrainingJobs": 2}, throttled={}, looked_at=1)
    later = Counts(
        calls={"ListTrainingJobs": 5, "DescribeTrainingJob": 3},
        throttled={"DescribeTrainingJob": 1},
        looked_at=4,
    )

    found = later.since(earlier)

    assert found.calls == {"ListTrainingJobs": 3, "DescribeTrainingJob": 3}
    assert (found.refused, found.looked_at) == (1, 3)


def test_of() -> None:
    """Calls are counted by how their operations begin, all if nothing is said."""
    counts = Counts(calls={"ListTrainingJobs": 1, "ListTags": 2, "DescribeTrainingJob": 4})

    assert (counts.of("List"), counts.of("List", "Describe"), counts.of()) == (3, 7, 7)
