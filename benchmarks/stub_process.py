"""The stub SageMaker's process, and how a benchmark directs it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.stub_jobs import StubJob

REPOSITORY = Path(__file__).resolve().parents[1]
PYTHONPATH = os.pathsep.join(str(folder) for folder in (REPOSITORY / "plugins", REPOSITORY))
"""Where a benchmark's processes find this checkout's provider, whichever is installed."""

TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What the stub has been asked so far.

    :param calls: how often each operation was called
    :param throttled: how many of these calls it refused
    :param looked_at: how many watched jobs somebody was told of
    """

    calls: Mapping[str, int]
    throttled: Mapping[str, int] = field(default_factory=dict)
    looked_at: int = 0

    def since(self, earlier: Counts) -> Counts:
        """Give what was asked between two counts."""
        return Counts(
            calls=_difference(self.calls, earlier.calls),
            throttled=_difference(self.throttled, earlier.throttled),
            looked_at=self.looked_at - earlier.looked_at,
        )

    def of(self, *verbs: str) -> int:
        """Count the calls whose operations begin so; all if none is named."""
        return sum(calls for name, calls in self.calls.items() if name.startswith(verbs or ("",)))

    @property
    def refused(self) -> int:
        """How many calls were throttled."""
        return sum(self.throttled.values())


def _difference(later: Mapping[str, int], earlier: Mapping[str, int]) -> dict[str, int]:
    return {name: count - earlier.get(name, 0) for name, count in later.items()}


class StubClient:
    """Directs a stub.

    :param url: its address
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False)

    def add(self, jobs: Sequence[StubJob]) -> None:
        """Have more jobs."""
        self._post(
            "jobs",
            [
                {
                    "kind": job.kind.key,
                    "name": job.name,
                    "created": job.created,
                    "ends": job.ends,
                    "body": dict(job.body),
                    "is_watched": job.is_watched,
                }
                for job in jobs
            ],
        )

    def end(self, ends: Mapping[str, float]) -> None:
        """Say when jobs end: seconds since the epoch by name."""
        self._post("end", dict(ends))

    def throttle(self, share: float) -> None:
        """Refuse a share of all calls from now on."""
        self._post("settings", {"throttled_share": share})

    def run_for(self, seconds: float) -> None:
        """Let jobs that are made from now on take so long."""
        self._post("settings", {"seconds_to_run": seconds})

    def counts(self) -> Counts:
        """Give what it has been asked so far."""
        return Counts(**self._http.get("/bench/counts").raise_for_status().json())

    def close(self) -> None:
        """Let go of its connections."""
        self._http.close()

    def _post(self, path: str, document: Any) -> None:
        self._http.post(f"/bench/{path}", json=document).raise_for_status()


@contextmanager
def running_stub() -> Iterator[StubClient]:
    """Run a stub."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.stub_sagemaker"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": PYTHONPATH},
    )
    try:
        client = StubClient(_address(process))
        yield client
        client.close()
    finally:
        process.terminate()
        process.wait(timeout=30)
        if process.stdout:
            process.stdout.close()


def _address(process: subprocess.Popen[str]) -> str:
    line = process.stdout.readline().strip() if process.stdout else ""
    if not line:
        raise RuntimeError(f"the stub did not start; exit code {process.wait(timeout=30)}")
    return line
