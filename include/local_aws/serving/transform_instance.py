"""One instance of a transform job: a model server and the objects that go through it."""

from __future__ import annotations

import gzip
import zlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO, cast

from include.local_aws.jobs.errors import JobStoppedError
from include.local_aws.s3.errors import S3Error
from include.local_aws.serving.invocation import (
    Inference,
    Invocation,
    ModelTimeoutError,
    ModelUnreachableError,
)
from include.local_aws.serving.json_path import JsonPathError
from include.local_aws.serving.payloads import Payload, PayloadCutter, PayloadError
from include.local_aws.serving.record_joining import RecordError
from include.local_aws.serving.transform_output import TransformOutput
from include.local_aws.serving.transform_settings import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from threading import Event

    from include.local_aws.jobs.channels import ChannelFile
    from include.local_aws.s3.store import ObjectStore
    from include.local_aws.serving.served_model import ServedModel
    from include.local_aws.serving.transform_settings import TransformSettings

MEGABYTE = 1 << 20
CLIENT, ALGORITHM = "ClientError", "AlgorithmError"
_SERVER_ERROR = 500
_UNREADABLE = (PayloadError, RecordError, JsonPathError, S3Error, OSError, EOFError, zlib.error)


class _RequestFailedError(Exception):
    """The model refused a request, or did not answer it."""

    def __init__(self, kind: str, reason: str, message: str = "") -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.message = message


@dataclass(frozen=True)
class _Sent:
    """A request under way; the end of an object if it has no payload."""

    output: TransformOutput
    payload: Payload | None = None
    answer: Future[Inference] | None = None


class TransformInstance:
    """Sends objects through a model, several requests at once, and assembles the answers in order.

    :param model: The started model.
    :param data_log: Gets the lines of the job's data log.
    :param scratch: A directory of its own.
    :param stop: Set when the job shall stop; requests under way end when the model is stopped.
    """

    def __init__(
        self,
        model: ServedModel,
        settings: TransformSettings,
        store: ObjectStore,
        *,
        data_log: Callable[[str], None],
        scratch: Path,
        stop: Event,
    ) -> None:
        self._model = model
        self._settings = settings
        self._store = store
        self._data_log = data_log
        self._scratch = scratch
        self._stop = stop
        self._sent: deque[_Sent] = deque()
        self._failures: list[str] = []

    def run(self, files: Sequence[ChannelFile]) -> list[str]:
        """Transform the objects; return a failure reason for each that failed.

        A failed object has no output, the others are transformed all the same. Raises
        `JobStoppedError`.
        """
        limits = Limits.settle(self._settings.asked, self._model.execution_parameters())
        self._log(str(limits))
        cutter = self._cutter(limits)
        pool = ThreadPoolExecutor(max_workers=limits.concurrency)
        with ExitStack() as stack:
            stack.callback(pool.shutdown, wait=False, cancel_futures=True)
            for number, file in enumerate(files):
                output = TransformOutput(file, self._settings, self._scratch / f"{number}.out")
                stack.callback(output.close)
                self._send_object(output, cutter, pool, limits.concurrency)
            while self._sent:
                self._collect()
        return self._failures

    def _cutter(self, limits: Limits) -> PayloadCutter:
        joining = self._settings.joining
        return PayloadCutter(
            split=self._settings.split,
            single=limits.single,
            limit=limits.payload_mb * MEGABYTE,
            to_model=joining.to_model if joining and joining.filters_input else None,
            keep_records=bool(joining and joining.shapes_output),
            scratch=self._scratch,
        )

    def _send_object(
        self, output: TransformOutput, cutter: PayloadCutter, pool: ThreadPoolExecutor, most: int
    ) -> None:
        for payload in self._payloads(output, cutter):
            self._sent.append(_Sent(output, payload, pool.submit(self._request, payload)))
            while sum(1 for sent in self._sent if sent.payload) >= most:
                self._collect()
            if output.failure:
                break
        self._sent.append(_Sent(output))

    def _payloads(self, output: TransformOutput, cutter: PayloadCutter) -> Iterator[Payload]:
        stored = output.file.stored
        try:
            with self._store.open(stored.bucket, stored.key) as body:
                unpacked = gzip.GzipFile(fileobj=body) if self._settings.gzip else body
                yield from cutter.cut(cast("BinaryIO", unpacked))
        except _UNREADABLE as error:
            self._fail(output, CLIENT, str(error))

    def _request(self, payload: Payload) -> Inference:
        """Send a request, again if the server fails; runs in the pool's threads."""
        try:
            for _ in range(self._settings.retries):
                try:
                    return self._try(payload)
                except _RequestFailedError as error:
                    if error.kind == CLIENT:
                        raise
            return self._try(payload)
        finally:
            payload.close()

    def _try(self, payload: Payload) -> Inference:
        if self._stop.is_set():
            raise JobStoppedError
        if not isinstance(payload.body, bytes):
            payload.body.seek(0)
        invocation = Invocation(
            body=payload.body,
            length=payload.length,
            content_type=self._settings.content_type,
            accept=self._settings.accept,
        )
        try:
            answer = self._model.invoke(invocation, self._settings.timeout)
        except ModelTimeoutError as error:
            raise _RequestFailedError(ALGORITHM, "Model server did not respond in time") from error
        except ModelUnreachableError as error:
            reason = "Unable to get response from algorithm"
            raise _RequestFailedError(ALGORITHM, reason) from error
        if answer.ok:
            return answer
        if answer.status < _SERVER_ERROR:
            raise _RequestFailedError(CLIENT, f"ClientError: {answer.status}", answer.text)
        reason = f"Bad HTTP status received from algorithm: {answer.status}"
        raise _RequestFailedError(ALGORITHM, reason, answer.text)

    def _collect(self) -> None:
        """Take the oldest request's answer, or finish the oldest object."""
        sent = self._sent.popleft()
        if self._stop.is_set():
            raise JobStoppedError
        if sent.payload is None or sent.answer is None:
            sent.output.finish(self._store)
            return
        if sent.output.failure:
            sent.answer.cancel()
            return
        try:
            sent.output.add(sent.payload, sent.answer.result().body)
        except _RequestFailedError as error:
            if self._stop.is_set():
                raise JobStoppedError from error
            text = f"{error.reason} for {sent.payload}"
            self._fail(sent.output, error.kind, text, error.message)
        except (RecordError, JsonPathError) as error:
            self._fail(sent.output, CLIENT, f"{error} ({sent.payload})")

    def _fail(self, output: TransformOutput, kind: str, reason: str, message: str = "") -> None:
        if output.failure:
            return
        self._log(f"{output.name}: {reason}")
        if message:
            self._log(f"{output.name}: Message:")
            for line in message.splitlines():
                self._log(f"{output.name}: {line}")
        detail = f"{output.name}: {reason}" + (f": {message}" if message else "")
        output.fail(detail)
        self._failures.append(f"{kind}: See job logs for more information ({detail})")

    def _log(self, text: str) -> None:
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        self._data_log(f"{moment}:[sagemaker logs]: {text}")
