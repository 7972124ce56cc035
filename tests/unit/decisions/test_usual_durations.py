"""What jobs of a family took says when the next one is likely to end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from airflow_sagemaker.decisions.usual_durations import UsualDurations

durations = st.floats(0, 10**6)


@given(st.lists(durations, min_size=1, max_size=20))
def test_the_last_few_count(seconds: list[float]) -> None:
    """What is usual lies between the last durations; older ones are forgotten."""
    usual = UsualDurations()
    for number, each in enumerate(seconds):
        usual.learn("demo-train", f"job {number}", each)

    assert min(seconds[-5:]) <= (usual.usual("demo-train") or 0) <= max(seconds[-5:])


def test_one_job_counts_once() -> None:
    """A listing shows an end again and again."""
    usual = UsualDurations()
    usual.learn("demo-train", "one", 100)
    for _ in range(20):
        usual.learn("demo-train", "two", 300)

    assert usual.usual("demo-train") == 200


def test_a_job_is_near_its_end_around_the_usual_age() -> None:
    """A tenth before and after, ten seconds at least; a family that is not known has no usual."""
    usual = UsualDurations()
    usual.learn("demo-train", "long", 1000)
    usual.learn("demo-short", "short", 20)

    assert [usual.is_near_end("demo-train", age) for age in (899, 901, 1099, 1101)] == [
        False,
        True,
        True,
        False,
    ]
    assert usual.is_near_end("demo-short", 11)
    assert not usual.is_near_end("demo-other", 1000)


def test_families_are_forgotten_that_were_not_seen_for_long() -> None:
    """A triggerer runs for months."""
    usual = UsualDurations()
    for number in range(1001):
        usual.learn(f"family {number}", "job", 1.0)

    assert usual.usual("family 0") is None
    assert usual.usual("family 1") == 1.0
