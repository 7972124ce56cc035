"""What a run looks like while it runs: rewritten in place in a terminal, appended elsewhere."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

REFRESH_PER_SECOND = 4
LABEL_WIDTH = 40
STATE_WIDTH = 24
MARKS = {
    "success": ("✓", "green"),
    "failed": ("✗", "red"),
    "upstream_failed": ("✗", "red"),
    "running": ("●", "cyan"),
    "deferred": ("●", "cyan"),
    "up_for_retry": ("↻", "yellow"),
    "skipped": ("-", "dim"),
}
WAITING = ("·", "dim")


@dataclass(frozen=True, kw_only=True)
class Line:
    """A run, task or process on the screen.

    :param seconds: how long it has taken; None if it has not begun.
    """

    label: str
    state: str
    seconds: float | None = None
    note: str = ""


class Screen(Protocol):
    """Where the progress of scenes is shown, one scene after the other."""

    def begin(self, title: str) -> None:
        """Open a scene."""

    def show(self, lines: Sequence[Line]) -> None:
        """Show how its parts stand."""

    def end(self, state: str, note: str = "") -> None:
        """Close the scene with `success` or `failed`."""

    def say(self, text: str) -> None:
        """Print lines that stay."""


def duration(seconds: float | None) -> str:
    """Return seconds as people read them."""
    if seconds is None:
        return ""
    if seconds < 60:  # noqa: PLR2004
        return f"{seconds:.0f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02} s"


def line_text(line: Line) -> str:
    """Return a line as plain text in columns."""
    mark, _ = MARKS.get(line.state, WAITING)
    state = f"{line.state} {line.note}".strip()
    columns = f"{mark} {_fitted(line.label):<{LABEL_WIDTH}} {state:<{STATE_WIDTH}}"
    return f"{columns} {duration(line.seconds):>11}".rstrip()


def _fitted(label: str) -> str:
    return label if len(label) <= LABEL_WIDTH else f"{label[: LABEL_WIDTH - 1]}…"


class PlainScreen:
    """Appends a line whenever a part of the scene changes its state: for pipes, files and CI."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._began = clock()
        self._scene_began = self._began
        self._title = ""
        self._shown: dict[str, tuple[str, str]] = {}

    def begin(self, title: str) -> None:
        """Open a scene."""
        self._title = title
        self._scene_began = self._clock()
        self._shown = {}
        self._write(f"{title} ...")

    def show(self, lines: Sequence[Line]) -> None:
        """Append the lines that changed."""
        for line in lines:
            if self._shown.get(line.label) != (line.state, line.note):
                self._shown[line.label] = (line.state, line.note)
                self._write(f"  {line_text(line)}")

    def end(self, state: str, note: str = "") -> None:
        """Append how the scene ended."""
        seconds = self._clock() - self._scene_began
        self._write(line_text(Line(label=self._title, state=state, seconds=seconds, note=note)))

    def say(self, text: str) -> None:
        """Append lines."""
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def _write(self, text: str) -> None:
        self.say(f"[{duration(self._clock() - self._began):>11}] {text}")


class LiveScreen:
    """Rewrites the running scene in place and leaves one line of each scene that ended."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._began = 0.0
        self._title = ""
        self._lines: Sequence[Line] = ()
        self._live: Live | None = None

    def begin(self, title: str) -> None:
        """Open a scene."""
        self._title, self._lines, self._began = title, (), self._clock()
        self._live = Live(
            console=self._console,
            get_renderable=self.rendered,
            refresh_per_second=REFRESH_PER_SECOND,
            transient=True,
        )
        self._live.start()

    def show(self, lines: Sequence[Line]) -> None:
        """Keep the lines for the next refresh."""
        self._lines = tuple(lines)

    def end(self, state: str, note: str = "") -> None:
        """Replace the scene by one line that stays; keep the parts of one that failed."""
        if self._live:
            self._live.stop()
            self._live = None
        scene = Line(label=self._title, state=state, seconds=self._clock() - self._began, note=note)
        self._console.print(_styled(scene), soft_wrap=True)
        if state != "success":
            self._console.print(Group(*(_styled(line, indent="  ") for line in self._lines)))

    def say(self, text: str) -> None:
        """Print lines above the running scene."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def rendered(self) -> RenderableType:
        """Return the running scene as it stands now, cut to the terminal's height."""
        seconds = self._clock() - self._began
        title = Line(label=self._title, state="running", seconds=seconds)
        room = max(1, self._console.size.height - 2)
        return Group(_styled(title), *(_styled(line, indent="  ") for line in self._lines[-room:]))


def _styled(line: Line, *, indent: str = "") -> Text:
    _, style = MARKS.get(line.state, WAITING)
    text = Text(f"{indent}{line_text(line)}", no_wrap=True, overflow="ellipsis")
    text.stylize(style, len(indent), len(indent) + 1)
    return text


def screen_for(stream: TextIO) -> Screen:
    """Return the screen that suits a stream: live for a terminal that can do it, else plain."""
    console = Console(file=stream)
    live = stream.isatty() and not console.is_dumb_terminal
    return LiveScreen(console) if live else PlainScreen(stream)
