"""Settings."""

from __future__ import annotations

import pytest

from include.local_aws.settings import SettingsError, Transitions


@pytest.mark.parametrize(
    ("text", "pause"), [("fast", 0.2), ("realistic", 20.0), ("0", 0.0), ("1.5", 1.5)]
)
def test_transitions(text: str, pause: float) -> None:
    """A name or seconds."""
    assert Transitions.parse(text).pause == pause


@pytest.mark.parametrize("text", ["slow", "-1", "nan", "inf", "3601", ""])
def test_transitions_without_meaning_are_refused(text: str) -> None:
    """The message tells what there is."""
    with pytest.raises(SettingsError, match="fast"):
        Transitions.parse(text)
