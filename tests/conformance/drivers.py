"""Driver processes as the played Airflow has them: started, listened to, signalled."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.conformance.line import CANCEL, GO_ON, READY, SHUT_DOWN, Line, LineClosedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from tests.conformance.orders import Order

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60.0

Answer = dict[str, Any]


class Driver:
    """One driver process.

    :param answer: answers what it asks, and takes what it tells Airflow
    """

    def __init__(self, address: str, order: Order, answer: Callable[[Answer], Answer]) -> None:
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(PATIENCE_SECONDS)
        sock.connect(address)
        self._line = Line(sock)
        self._answer = answer
        self._line.send(order.to_dict())
        self.log = order.log
        self.pid = int(self._line.receive()["pid"])
        self.end: Answer | None = None
        self.is_gone = False

    def run_until(self, place: str) -> bool:
        """Let it run until it comes to a place; tell whether it did, else it has ended."""
        while True:
            document = self._next()
            if document is None:
                return False
            if document.get("came_to") == place:
                return True

    def run(self) -> Answer | None:
        """Let it run to its end; gives what it told last, None if it was killed before."""
        while self._next() is not None:
            pass
        return self.end

    def run_for(self, seconds: float) -> bool:
        """Let it run to its end, and kill it if that takes longer; tell whether it ended itself."""
        timer = threading.Timer(seconds, self.signal, [signal.SIGKILL])
        timer.start()
        try:
            self.run()
        finally:
            timer.cancel()
        return self.end is not None

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it with SIGKILL, and see that it is gone."""
        if not self.is_gone:
            self.signal(signal.SIGKILL)
            self.run()

    def cancel_trigger(self) -> None:
        """Tell the triggerer that its trigger is not on its list any more."""
        self._line.send(CANCEL)

    def shut_down(self) -> None:
        """Tell the triggerer to end in an orderly way."""
        self._line.send(SHUT_DOWN)

    def go_on(self) -> None:
        """Let it go on that stands still."""
        self._line.send(GO_ON)

    def _next(self) -> Answer | None:
        if self.is_gone:
            return None
        try:
            document = self._line.receive()
        except LineClosedError:
            self._line.close()
            self.is_gone = True
            return None
        if "ask" in document:
            self._reply(self._answer(document))
        elif "done" in document:
            self.end = document
        return document

    def _reply(self, answer: Answer) -> None:
        try:
            self._line.send(answer)
        except OSError:
            return  # it was killed meanwhile; the next look finds its end


class Zygote:
    """The warmed-up process that drivers are forked from; a context manager."""

    def __enter__(self) -> Self:
        self._home = Path(tempfile.mkdtemp(prefix="zygote-"))
        self.address = str(self._home / "line")
        self._log = self._home / "log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.conformance.zygote", self.address],
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()
        shutil.rmtree(self._home, ignore_errors=True)

    def wait_until_ready(self) -> None:
        """Wait until drivers can be forked."""
        wait_until(lambda: self._is_ready or self._process.poll() is not None, "the zygote's start")
        if not self._is_ready:
            raise RuntimeError(self._log.read_text(encoding="utf-8"))

    def fork(self, order: Order, answer: Callable[[Answer], Answer]) -> Driver:
        """Fork a driver."""
        return Driver(self.address, order, answer)

    @property
    def _is_ready(self) -> bool:
        return f"{READY}\n" in self._log.read_text(encoding="utf-8")

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW")}
        return {
            **kept,
            "PYTHONPATH": os.pathsep.join((str(ROOT / "plugins"), str(ROOT))),
            "AIRFLOW_HOME": str(self._home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self._home),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(self._home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__SAGEMAKER__DEFERRAL_HOLD": "0",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self._home}/airflow.db",
        }


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    """Return the condition's value once it is true; fail after a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come true in time")
        time.sleep(0.01)
    return value
