"""The process of the triggers as the benchmark sees it."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STOP_SECONDS = 60.0


@dataclass
class Reports:
    """What the triggers' process has said so far."""

    fired: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    lags: dict[int, float] = field(default_factory=dict)

    def take(self, line: Mapping[str, Any]) -> None:
        """Take one line."""
        if line.get("success"):
            self.fired[line["fired"]] = line["at"]
        elif "fired" in line:
            self.failed[line["fired"]] = "it fired, and not for success"
        elif "failed" in line:
            self.failed[line["failed"]] = line["error"]
        elif "lags" in line:
            self.lags = {int(second): lag for second, lag in line["lags"].items()}

    def longest_lag(self, start: float, end: float) -> float:
        """Give the event loop's longest delay between two times."""
        seconds = range(int(start), int(end) + 1)
        return max((self.lags.get(second, 0.0) for second in seconds), default=0.0)

    def failures(self, ends: Mapping[str, float]) -> dict[str, str]:
        """Give by job what went wrong.

        :param ends: when jobs ended; the others run on, and their triggers have nothing to say
        """
        silent = {name: "it did not fire" for name in ends if name not in self.fired}
        early = {
            name: "it fired for a job that had not ended"
            for name, at in self.fired.items()
            if at < ends.get(name, math.inf)
        }
        return silent | early | self.failed


class TriggerProcess:
    """The process with the triggers; a context manager.

    :param order: what it is told to run: `benchmarks.trigger_process.Order`
    :param environment: its whole environment
    :param log: the file of its logs
    """

    def __init__(self, order: Mapping[str, Any], environment: Mapping[str, str], log: Path) -> None:
        self._order = order
        self._log = log
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.trigger_process", str(log)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=dict(environment),
        )
        self._usage = psutil.Process(self._process.pid)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self.reports = Reports()
        self.idle_cpu = 0.0

    def __enter__(self) -> Self:
        self._tell(json.dumps(self._order))
        try:
            self.idle_cpu = self._first_report()
        except BaseException:
            self.__exit__()
            raise
        self._reader.start()
        return self

    def _first_report(self) -> float:
        """Wait until the first trigger has run; gives the CPU seconds a second without triggers."""
        for line in self._process.stdout or ():
            said = json.loads(line)
            if "idle" in said:
                return float(said["idle"])
            if not said.get("success"):
                raise RuntimeError(f"the first trigger failed: {said}; see {self._log}")
        raise RuntimeError(f"the triggers' process ended: {self._process.wait(timeout=30)}")

    def __exit__(self, *_: object) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._reader.ident:
            self._reader.join()
        if self._process.stdout:
            self._process.stdout.close()

    def go(self) -> None:
        """Have the triggers started."""
        self._tell("go")

    def stop(self) -> None:
        """Have the triggers cancelled, and wait for the last report."""
        self._tell("stop")
        self._reader.join(timeout=STOP_SECONDS)

    @property
    def cpu_seconds(self) -> float:
        """CPU it has used so far, all threads."""
        times = self._usage.cpu_times()
        return float(times.user + times.system)

    @property
    def rss_kb(self) -> float:
        """Its memory now."""
        return float(self._usage.memory_info().rss) / 1024

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def _tell(self, line: str) -> None:
        if self._process.stdin:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self.reports.take(json.loads(line))
