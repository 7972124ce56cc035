"""How long one goes on asking when AWS is busy or out of reach."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.decisions.failures import classify_error
from airflow_sagemaker.exceptions import RetryableAwsError
from airflow_sagemaker.hooks.aws_calls import Pause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_sagemaker.hooks.aws_calls import Call, Talk


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Growing pauses between attempts, spread at random so that many tasks do not ask at once.

    :param first: seconds of the first pause at most
    :param most: seconds that no pause exceeds
    :param total: seconds that all pauses together do not exceed; 0 asks once
    """

    first: float = 1.0
    most: float = 30.0
    total: float = 300.0

    def pauses(self) -> Iterator[float]:
        """Give the pauses between attempts, until patience is at its end."""
        left, longest = self.total, self.first
        while left > 0:
            pause = min(left, random.uniform(longest / 2, longest))  # noqa: S311 - no secret
            yield pause
            left -= pause
            longest = min(longest * 2, self.most)


IMPATIENT = Patience(total=0.0)
"""Asks once: for callers that come back by themselves."""


def patiently(call: Call, patience: Patience) -> Talk[Any]:
    """Make a call, again and again while AWS throttles it, fails inside or is out of reach.

    A lack of capacity or quota is reported at once: it lasts for longer than a task should sit.

    :raises AwsCallError: if AWS refuses the call, or patience is at its end
    """
    pauses = patience.pauses()
    while True:
        try:
            return (yield call)
        except RetryableAwsError as error:
            pause = None if _lacks_room(error) else next(pauses, None)
            if pause is None:
                raise
        yield Pause(pause)


def _lacks_room(error: RetryableAwsError) -> bool:
    return classify_error(error.code, str(error)).kind in {"capacity", "quota"}
