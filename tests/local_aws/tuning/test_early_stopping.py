"""Poor tries are given up, good ones are not."""

from __future__ import annotations

import pytest

from include.local_aws.tuning.early_stopping import Hyperband, MedianStopping, NoStopping


def test_nothing_is_stopped_unless_asked() -> None:
    """However poor a try is."""
    rule = NoStopping()
    rule.completed(0, [1.0])

    assert not rule.stops(1, [1e9])


def test_a_try_worse_than_the_median_is_stopped() -> None:
    """What counts is the running average of others up to the same step, of three at least."""
    rule = MedianStopping()
    for number, losses in enumerate(([4.0, 2.0, 0.0], [5.0, 3.0, 1.0])):
        rule.completed(number, losses)
    assert not rule.stops(3, [9.0])
    rule.completed(2, [6.0, 4.0, 2.0])

    assert not rule.stops(3, [])
    assert not rule.stops(3, [5.0])
    assert rule.stops(3, [5.1])
    assert not rule.stops(3, [9.0, 4.0])
    assert rule.stops(3, [9.0, 4.1])
    assert not rule.stops(3, [9.0, 9.0, 9.0, 9.0])


def test_a_try_among_the_best_third_of_its_rung_goes_on() -> None:
    """The first at a rung goes on; later ones must be among the best third seen there."""
    rule = Hyperband(3, 9)

    outcomes = [rule.stops(2 * n, [9.0, 9.0, loss]) for n, loss in enumerate((5.0, 6.0, 4.0, 4.5))]

    assert outcomes == [False, True, False, True]


def test_a_try_is_judged_at_a_rung_once() -> None:
    """Who passed is not stopped by those who come after."""
    rule = Hyperband(3, 9)
    assert not rule.stops(0, [1.0, 1.0, 5.0])
    assert not rule.stops(2, [1.0, 1.0, 1.0])

    assert not rule.stops(0, [1.0, 1.0, 5.0, 5.0])


def test_no_try_is_judged_before_its_first_rung() -> None:
    """MinResource is left to each; tries of the last bracket are judged at the end alone."""
    rule = Hyperband(3, 9)
    rule.stops(0, [0.0] * 3)
    rule.stops(1, [0.0] * 3)

    assert not rule.stops(2, [9.0, 9.0])
    assert not rule.stops(3, [9.0] * 8)


def test_a_try_too_quick_to_be_judged_is_compared_with() -> None:
    """It counts at every rung that it passed."""
    rule = Hyperband(3, 9)
    rule.completed(0, [1.0, 1.0, 1.0, 1.0])

    assert rule.stops(2, [2.0, 2.0, 2.0])


@pytest.mark.parametrize("number", [0, 1])
def test_the_maximum_ends_every_try(number: int) -> None:
    """Also the best one of either bracket."""
    assert Hyperband(3, 9).stops(number, [0.0] * 9)
