"""Progress is calm to read, in a terminal and in a file."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from include.stack.screen import Line, LiveScreen, PlainScreen, duration, line_text, screen_for

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDED = [
    [Line(label="train", state="queued"), Line(label="evaluate", state="waiting")],
    [Line(label="train", state="running", seconds=1.2), Line(label="evaluate", state="waiting")],
    [Line(label="train", state="running", seconds=61.0), Line(label="evaluate", state="waiting")],
    [
        Line(label="train", state="success", seconds=61.5),
        Line(label="evaluate", state="running", seconds=2.0, note="(try 2)"),
    ],
]


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def stream() -> io.StringIO:
    """Return a stream that is no terminal."""
    return io.StringIO()


def terminal(height: int = 20) -> Console:
    """Return a terminal of a size, which records what is printed."""
    return Console(
        file=io.StringIO(), force_terminal=True, width=90, height=height, color_system=None
    )


def shown(screen: LiveScreen) -> list[str]:
    """Return the lines of the live region, printed on a sheet of its own."""
    sheet = terminal()
    with sheet.capture() as captured:
        sheet.print(screen.rendered())
    return [" ".join(line.split()) for line in captured.get().splitlines()]


def played(screen: PlainScreen | LiveScreen, clock: Clock) -> Iterator[None]:
    """Play the recorded scene on a screen, a second between the states."""
    screen.begin("training")
    for lines in RECORDED:
        clock.now += 1.0
        screen.show(lines)
        yield
    screen.end("success", "2 tasks")


def test_a_file_gets_one_line_for_each_change_of_state(stream: io.StringIO) -> None:
    """CI logs grow with what happens, not with time."""
    clock = Clock()

    list(played(PlainScreen(stream, clock), clock))

    lines = [" ".join(line.split()) for line in stream.getvalue().splitlines()]
    assert lines == [
        "[ 0 s] training ...",
        "[ 1 s] · train queued",
        "[ 1 s] · evaluate waiting",
        "[ 2 s] ● train running 1 s",
        "[ 4 s] ✓ train success 1 min 01 s",
        "[ 4 s] ● evaluate running (try 2) 2 s",
        "[ 4 s] ✓ training success 2 tasks 4 s",
    ]


def test_a_file_gets_no_control_characters(stream: io.StringIO) -> None:
    """What is appended can be read with any pager."""
    clock = Clock()

    list(played(PlainScreen(stream, clock), clock))

    assert "\x1b" not in stream.getvalue()
    assert "\r" not in stream.getvalue()


def test_a_terminal_shows_the_running_scene_with_all_its_parts() -> None:
    """The live region holds the scene and one line for each part."""
    clock = Clock()
    screen = LiveScreen(terminal(), clock)
    playing = played(screen, clock)
    next(playing)
    next(playing)

    assert shown(screen) == [
        "● training running 2 s",
        "● train running 1 s",
        "· evaluate waiting",
    ]
    list(playing)


def test_a_terminal_keeps_one_line_of_a_scene_that_ended() -> None:
    """The parts go when all went well; the scene's line stays."""
    clock, console = Clock(), terminal()

    list(played(LiveScreen(console, clock), clock))

    output = console.file
    assert isinstance(output, io.StringIO)
    last = output.getvalue().splitlines()[-1]
    assert "✓ training" in last
    assert "success 2 tasks" in last


def test_a_terminal_keeps_the_parts_of_a_scene_that_failed() -> None:
    """What went wrong can still be read after the screen has stopped."""
    console = terminal()
    screen = LiveScreen(console, Clock())
    screen.begin("training")
    screen.show([Line(label="train", state="failed", seconds=3.0)])

    with console.capture() as captured:
        screen.end("failed")

    scene, part = captured.get().splitlines()[-2:]
    assert "✗ training" in scene
    assert "✗ train " in part


def test_a_low_terminal_shows_the_last_parts() -> None:
    """The live region is never higher than the terminal, where it could not be rewritten."""
    screen = LiveScreen(terminal(height=6), Clock())
    screen.begin("backfill")
    screen.show([Line(label=f"day {day}", state="running") for day in range(30)])

    lines = shown(screen)

    screen.end("success")
    assert len(lines) < 6
    assert "day 29" in lines[-1]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0.4, "0 s"), (59.2, "59 s"), (60.0, "1 min 00 s"), (187.9, "3 min 07 s")],
)
def test_durations_are_written_as_people_say_them(seconds: float | None, text: str) -> None:
    """Seconds up to a minute, then minutes and seconds."""
    assert duration(seconds) == text


def test_an_unknown_state_has_a_line_too() -> None:
    """A state that Airflow may invent is shown by its name."""
    assert "teleported" in line_text(Line(label="train", state="teleported"))


def test_a_stream_that_is_no_terminal_gets_plain_lines(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pipes and files are recognised, also where CI asks for colours."""
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert isinstance(screen_for(stream), PlainScreen)


@pytest.mark.parametrize(("term", "screen"), [("xterm", LiveScreen), ("dumb", PlainScreen)])
def test_a_terminal_is_rewritten_only_if_it_can_be(
    term: str, screen: type[LiveScreen | PlainScreen], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real pseudo-terminal, with two names."""
    monkeypatch.setenv("TERM", term)
    main, side = os.openpty()
    with open(main, "rb"), open(side, "w", encoding="utf-8") as stream:  # noqa: PTH123
        assert isinstance(screen_for(stream), screen)
