"""Phases say whether anything is still to come."""

from __future__ import annotations

from airflow_sagemaker.decisions.job_phases import Phase


def test_what_stops_has_not_ended() -> None:
    """A stopping job still costs, and may yet complete."""
    ended = {phase for phase in Phase if phase.ended}

    assert ended == {Phase.COMPLETED, Phase.FAILED, Phase.STOPPED}
