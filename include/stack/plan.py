"""Which days a run works on: the numbers that decide how long it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, kw_only=True)
class Days:
    """Consecutive days, both ends included."""

    first: date
    last: date

    @classmethod
    def starting(cls, first: date, count: int) -> Days:
        """Return a number of days from the first on."""
        return cls(first=first, last=first + timedelta(days=count - 1))

    @property
    def count(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    def next(self, count: int) -> Days:
        """Return a number of days right after these."""
        return Days.starting(self.last + timedelta(days=1), count)

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


HISTORY = Days.starting(date(2013, 1, 1), 60)  # its features are made by one ranged run
TRAINED = HISTORY
BACKFILLED = HISTORY.next(5)  # features by an Airflow backfill, one run a day
PREDICTED = Days.starting(BACKFILLED.first, 4)  # predictions by an Airflow backfill
NEW_DAY = BACKFILLED.next(1)  # its features, once made, start its predictions
RAW = Days(first=HISTORY.first, last=NEW_DAY.last)
UP_RAW = Days.starting(date(2013, 1, 1), 120)  # what `make up` lands to play with
BACKFILL_ACTIVE_RUNS = 4
ASKED_OF_EACH = 2  # flights that arrived late, and as many that did not

MODEL = "flights"
FEATURES_DAG = f"{MODEL}_features"
TRAINING_DAG = f"{MODEL}_training"
RELEASE_DAG = f"{MODEL}_release"
BATCH_INFERENCE_DAG = f"{MODEL}_batch_inference"
ON_FEATURES_DAG = f"{MODEL}_batch_inference_on_features"
DAGS = (FEATURES_DAG, TRAINING_DAG, RELEASE_DAG, BATCH_INFERENCE_DAG, ON_FEATURES_DAG)
