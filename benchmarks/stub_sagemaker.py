"""A stub SageMaker in a process of its own: `python -m benchmarks.stub_sagemaker`.

It speaks SageMaker's JSON 1.1 on a free port of 127.0.0.1, answers after a latency, throttles a
share of the calls, and counts every call by its operation. Its jobs cost nothing, so that what is
measured is who waits for them. The benchmark directs it at `/bench/…`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from aiohttp import web

from airflow_sagemaker.bodies.job_kinds import KINDS
from benchmarks.stub_jobs import StubError, StubJob, StubJobs
from benchmarks.stub_queue import StubQueue

if TYPE_CHECKING:
    from collections.abc import Mapping

HOST = "127.0.0.1"
LATENCY_SECONDS = 0.05
LONGEST_BODY = 64 * 1024 * 1024
_THROTTLED = StubError("ThrottlingException", "Rate exceeded")


class StubSageMaker:
    """The server.

    :param latency: seconds before every answer of the API
    """

    def __init__(self, *, latency: float) -> None:
        self._jobs = StubJobs()
        self._queue = StubQueue()
        self._latency = latency
        self._throttled_share = 0.0
        self._calls: Counter[str] = Counter()
        self._throttled: Counter[str] = Counter()
        self._dice = random.Random(0)  # noqa: S311 - no secret

    def app(self) -> web.Application:
        """Give the web application."""
        app = web.Application(client_max_size=LONGEST_BODY)
        app.router.add_post("/bench/jobs", self._add_jobs)
        app.router.add_post("/bench/end", self._end_jobs)
        app.router.add_post("/bench/settings", self._set)
        app.router.add_get("/bench/counts", self._count)
        app.router.add_post("/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        service, _, operation = request.headers.get("X-Amz-Target", "?.?").rpartition(".")
        self._calls[operation] += 1
        asked = json.loads(await request.read() or b"{}")
        await asyncio.sleep(self._latency)
        try:
            if self._dice.random() < self._throttled_share:
                self._throttled[operation] += 1
                raise _THROTTLED
            answer = await self._answer_to(service, operation, asked)
        except StubError as error:
            return _response({"__type": error.code, "message": error.message}, status=400)
        return _response(answer)

    async def _answer_to(
        self, service: str, operation: str, asked: Mapping[str, Any]
    ) -> dict[str, Any]:
        if service == "AmazonSQS":
            return await self._queue.answer(operation, asked)
        return self._jobs.answer(operation, asked, time.time())

    async def _add_jobs(self, request: web.Request) -> web.Response:
        """Have more jobs: `[{kind, name, created, ends, body, is_watched}]`."""
        documents = json.loads(await request.read())
        self._jobs.add(
            StubJob(
                kind=KINDS[each["kind"]],
                name=each["name"],
                created=each["created"],
                ends=each["ends"],
                body=each["body"],
                is_watched=each["is_watched"],
            )
            for each in documents
        )
        return web.json_response({})

    async def _end_jobs(self, request: web.Request) -> web.Response:
        """Say when jobs end: `{name: time}`; each end sends its event."""
        for job in self._jobs.end(json.loads(await request.read())):
            self._queue.announce(job)
        return web.json_response({})

    async def _set(self, request: web.Request) -> web.Response:
        """Change `throttled_share` or `seconds_to_run`."""
        asked = json.loads(await request.read())
        self._throttled_share = asked.get("throttled_share", self._throttled_share)
        self._jobs.seconds_to_run = asked.get("seconds_to_run", self._jobs.seconds_to_run)
        return web.json_response({})

    async def _count(self, _: web.Request) -> web.Response:
        counts = {
            "calls": self._calls,
            "throttled": self._throttled,
            "looked_at": len(self._jobs.looked_at),
        }
        return web.json_response(counts)


def _response(document: Mapping[str, Any], status: int = 200) -> web.Response:
    body = json.dumps(document).encode()
    return web.Response(body=body, status=status, content_type="application/x-amz-json-1.1")


async def serve(latency: float) -> None:
    """Serve until SIGTERM or SIGINT; print the address first."""
    runner = web.AppRunner(StubSageMaker(latency=latency).app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0, shutdown_timeout=1.0)
    await site.start()
    host, port = runner.addresses[0][:2]
    sys.stdout.write(f"http://{host}:{port}\n")
    sys.stdout.flush()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    await runner.cleanup()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description="Serve a stub SageMaker on a free port.")
    parser.add_argument("--latency", type=float, default=LATENCY_SECONDS)
    asyncio.run(serve(parser.parse_args().latency))


if __name__ == "__main__":
    main()
