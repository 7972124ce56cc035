"""Builds the embedded AWS, serves it and ends it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

from include.local_aws.assembly import Assembly
from include.local_aws.state.directory import StateDirectory
from include.local_aws.wire.http_server import HttpServer

if TYPE_CHECKING:
    from types import TracebackType

    from include.local_aws.assembly import ExecutorsFactory
    from include.local_aws.settings import LocalAwsSettings

_STOP_SECONDS = 7.0


class PortInUseError(Exception):
    """The port cannot be listened on."""


class LocalAws:
    """The embedded AWS in this process; a context manager.

    It serves from construction to `stop`. `executors` replace those that run real jobs: tests of
    the control plane use it. Raises PortInUseError, StateDirectoryError and
    RecordsError.
    """

    def __init__(
        self, settings: LocalAwsSettings, executors: ExecutorsFactory | None = None
    ) -> None:
        self._directory = StateDirectory(settings.state_dir)
        try:
            self._server = _listen(settings.port)
        except PortInUseError:
            self._directory.release()
            raise
        self.endpoint_url = f"http://127.0.0.1:{self._server.port}"
        os.environ["MOTO_PORT"] = str(self._server.port)
        self._assembly = Assembly(settings, self.endpoint_url, executors)
        self._server.start(self._assembly.dispatcher)
        self._assembly.start()

    def stop(self) -> list[str]:
        """End everything within 10 seconds; return the jobs that would not end by themselves."""
        left = self._assembly.stop(_STOP_SECONDS)
        self._server.stop()
        self._assembly.close()
        self._directory.release()
        return left

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def _listen(port: int) -> HttpServer:
    try:
        return HttpServer(port)
    except OSError as error:
        raise PortInUseError(
            f"Cannot listen on 127.0.0.1:{port}: {error.strerror}; give another --port, or 0"
        ) from error
