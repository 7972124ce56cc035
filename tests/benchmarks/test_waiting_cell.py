"""The arithmetic of one measurement."""

from __future__ import annotations

from benchmarks.waiting_cell import Pace, percentile, sample_of_ends

NAMES = [f"job-{number}" for number in range(100)]


def test_percentile() -> None:
    """Percentiles lie between the values around them; one value is all its percentiles."""
    values = [float(number) for number in range(101)]

    assert (percentile(values, 50), percentile(values, 99)) == (50.0, 99.0)
    assert percentile([3.0], 50) == percentile([3.0], 99) == 3.0


def test_ends_are_a_sample_within_the_time() -> None:
    """Some of many jobs end, all of few, each within the time; and the same ones every time."""
    pace = Pace(ends=10, most_ends=60)

    ends = sample_of_ends(NAMES, pace, 1000.0)

    assert len(ends) == 60
    assert set(ends) <= set(NAMES)
    assert all(1000.0 < end <= 1010.5 for end in ends.values())
    assert ends == sample_of_ends(NAMES, pace, 1000.0)
    assert set(sample_of_ends(NAMES[:3], pace, 0.0)) == set(NAMES[:3])
