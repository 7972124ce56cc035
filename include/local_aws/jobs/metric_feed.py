"""The objective values of running training jobs, for those who follow them."""

from __future__ import annotations

from threading import Lock


class MetricFeed:
    """Readings of one metric of each job that is followed; thread-safe."""

    def __init__(self) -> None:
        self._followed: dict[tuple[str, str], tuple[str, list[float]]] = {}
        self._lock = Lock()

    def follow(self, region: str, job: str, metric: str) -> None:
        """Keep a metric's readings from now on."""
        with self._lock:
            self._followed[region, job] = (metric, [])

    def publish(self, region: str, job: str, metric: str, value: float) -> None:
        """Tell a reading; one that nobody follows is dropped."""
        with self._lock:
            followed, readings = self._followed.get((region, job), ("", []))
            if followed == metric:
                readings.append(value)

    def readings(self, region: str, job: str) -> list[float]:
        """Return what a followed job has reported, in order."""
        with self._lock:
            _, readings = self._followed.get((region, job), ("", []))
            return list(readings)

    def forget(self, region: str, job: str) -> None:
        """Follow a job no longer."""
        with self._lock:
            self._followed.pop((region, job), None)
