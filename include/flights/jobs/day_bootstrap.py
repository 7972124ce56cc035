"""How much a result owes to the days it was measured on.

Flights of one day share its weather, so whole days are drawn again, with replacement; drawing
single flights would make every difference look surer than it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scores


@dataclass(frozen=True)
class Draws:
    """Resampled days.

    `counts` of shape (resamples, days) says how often each day was drawn, `place` of shape (n,)
    which day each row belongs to.
    """

    counts: Any
    place: Any

    @classmethod
    def of(cls, days: Any, *, resamples: int, seed: int) -> Draws:
        """Draw as many days as there are, `resamples` times; the same seed draws the same days."""
        names, place = np.unique(days, return_inverse=True)
        generator = np.random.default_rng(seed)
        even = np.full(len(names), 1 / len(names))
        return cls(generator.multinomial(len(names), even, size=resamples), place)

    def means(self, values: Any) -> Any:
        """The mean of a row's quantity in each resample."""
        totals = np.bincount(self.place, weights=np.asarray(values, dtype="float64"))
        return self.counts @ totals / (self.counts @ np.bincount(self.place))

    def aucs(self, labels: Any, predicted: Any) -> Any:
        """The AUC in each resample."""
        ranking = scores.Ranking(labels, predicted)
        return np.array([ranking.auc(counts[self.place]) for counts in self.counts])


def spread(values: Any) -> float | None:
    """The standard deviation of resampled values; None if they are all one (a single day)."""
    known = values[np.isfinite(values)]
    return float(np.std(known, ddof=1)) if len(known) > 1 and np.ptp(known) > 0 else None


def interval(values: Any, confidence: float) -> list[float] | None:
    """The central interval of resampled values; None where there are none."""
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    tail = (1 - confidence) / 2
    return [float(bound) for bound in np.quantile(known, [tail, 1 - tail])]
