"""The model server inside a hosting container: SageMaker's inference contract on a unix socket.

This file is copied to `/opt/ml/serving` and run there by the runtime's own Python. It imports the
standard library alone, and of the runtime (numpy, xgboost) only what the defaults below need.

The program is `$SAGEMAKER_PROGRAM` in `$SAGEMAKER_SUBMIT_DIRECTORY` (an S3 archive is unpacked to
`/opt/ml/code` before this starts), else `/opt/ml/model/code/inference.py`. It defines `model_fn`
and `input_fn`, `predict_fn`, `output_fn`, or `model_fn` and `transform_fn`; each may take the
request's context as one more argument. What XGBoost's container adds when a function is missing is
added here. Without a program an XGBoost image serves the booster in `/opt/ml/model` itself.

As in SageMaker's inference toolkit, bodies of type `text/csv` and `application/json` reach the
program as text, others as bytes, and one invocation runs at a time in a worker; there is one
worker unless `SAGEMAKER_MODEL_SERVER_WORKERS` says more (threads: the program must allow it).

What an exception answers (its message is the body, its traceback goes to the log):

- one with an integer `status_code` from 400 to 599: that status. The containers on AWS honour
  `sagemaker_inference.errors.BaseInferenceToolkitError(status, message, phrase)` and what derives
  from it; that module is provided here where the toolkit is not installed.
- `UnsupportedFormatError`: 415. `ValueError` raised by `input_fn`: 400. On AWS the toolkit answers
  500 to both, so the log says how to write it.
- any other exception: 500.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.util
import inspect
import json
import os
import pickle
import signal
import sys
import time
import traceback
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from threading import Semaphore
from typing import Any

CSV, JSON, JSON_LINES = "text/csv", "application/json", "application/jsonlines"
_LIBSVM = ("text/libsvm", "text/x-libsvm")
_TEXT_TYPES = (CSV, JSON)
_MODEL_FILES = ("xgboost-model", "*.ubj", "*.json", "*.bst", "*.model")


def log(text: str) -> None:
    """Write a line to the container's log."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class BaseInferenceToolkitError(Exception):
    """The toolkit's exception that carries a status to the caller."""

    def __init__(self, status_code: int, message: str, phrase: str) -> None:
        super().__init__(status_code, message, phrase)
        self.status_code = status_code
        self.message = message
        self.phrase = phrase


class GenericInferenceToolkitError(BaseInferenceToolkitError):
    """The toolkit's plain form of `BaseInferenceToolkitError`."""

    def __init__(
        self, status_code: int, message: str | None = None, phrase: str | None = None
    ) -> None:
        text = message or "Invalid Request"
        super().__init__(status_code, text, phrase or text)


class UnsupportedFormatError(Exception):
    """The toolkit's exception for a content type that nothing here can read or write."""

    def __init__(self, content_type: object) -> None:
        super().__init__(f"Content type {content_type} is not supported by this framework.")


class ProgramError(Exception):
    """The model or its program cannot be served."""


def provide_toolkit_errors() -> None:
    """Let programs import `sagemaker_inference.errors` where the toolkit is not installed."""
    if importlib.util.find_spec("sagemaker_inference") is not None:
        return
    package = types.ModuleType("sagemaker_inference")
    errors = types.ModuleType("sagemaker_inference.errors")
    for error in (BaseInferenceToolkitError, GenericInferenceToolkitError, UnsupportedFormatError):
        setattr(errors, error.__name__, error)
    package.__dict__.update(errors=errors, __path__=[])
    sys.modules.update({package.__name__: package, errors.__name__: errors})


@dataclass
class Context:
    """What a program may ask of its request and add to its response (the MMS context's subset)."""

    headers: Mapping[str, str]
    system_properties: Mapping[str, str]
    response_headers: dict[str, str] = field(default_factory=dict)

    def get_request_header(self, index: int, name: str) -> str | None:
        """Return a header of the request; requests come one by one, so `index` is 0."""
        del index
        return self.headers.get(name)

    def set_response_header(self, index: int, name: str, value: str) -> None:
        """Add a header to the response."""
        del index
        self.response_headers[name] = value


def media_type(header: str | None) -> str:
    """Return the bare type of a Content-Type or Accept header, in lower case."""
    message = Message()
    message["Content-Type"] = header or ""
    return message.get_content_type() if header else ""


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


def encode(prediction: Any, accept: str) -> str:
    """Write an array-like as JSON, or as CSV with one row a record."""
    values = _plain(prediction)
    if media_type(accept) == JSON:
        return json.dumps(values, default=_plain)
    if media_type(accept) != CSV:
        raise UnsupportedFormatError(accept)
    rows = values if isinstance(values, (list, tuple)) else [values]
    return "".join(f"{_csv_row(_plain(row))}\n" for row in rows)


def _csv_row(row: Any) -> str:
    return ",".join(map(str, row)) if isinstance(row, (list, tuple)) else str(row)


def _numbers_of_csv(text: str) -> Any:
    numpy = importlib.import_module("numpy")
    rows = [line.split(",") for line in text.strip().splitlines()]
    cells = [[float(cell) if cell.strip() else float("nan") for cell in row] for row in rows]
    return numpy.array(cells, dtype=numpy.float32)


def _numbers_of_libsvm(text: str) -> Any:
    sparse = importlib.import_module("scipy.sparse")
    entries = [
        (number, int(index), float(value))
        for number, line in enumerate(text.strip().splitlines())
        for index, _, value in (item.partition(":") for item in line.split() if ":" in item)
    ]
    shift = 1 if entries and min(column for _, column, _ in entries) > 0 else 0
    places = [row for row, _, _ in entries], [column - shift for _, column, _ in entries]
    return sparse.csr_matrix(([value for _, _, value in entries], places))


def numbers_of(body: str | bytes, content_type: str | None) -> Any:
    """Read CSV (an empty cell is missing) or LIBSVM rows into a matrix."""
    text = body if isinstance(body, str) else body.decode()
    if media_type(content_type) == CSV:
        return _numbers_of_csv(text)
    if media_type(content_type) in _LIBSVM:
        return _numbers_of_libsvm(text)
    raise UnsupportedFormatError(content_type)


def _array_input(body: str | bytes, content_type: str | None) -> Any:
    if media_type(content_type) == JSON:
        return importlib.import_module("numpy").array(json.loads(body))
    return numbers_of(body, content_type)


def _xgboost_input(body: str | bytes, content_type: str | None) -> Any:
    return importlib.import_module("xgboost").DMatrix(numbers_of(body, content_type))


def _xgboost_predict(data: Any, model: Any) -> Any:
    return model.predict(data, validate_features=False)


def _predict(data: Any, model: Any) -> Any:
    return model.predict(data)


def _no_model(model_dir: str) -> Any:
    raise ProgramError(f"Please provide a model_fn: the program cannot load {model_dir}")


Transform = Callable[[Any, "str | bytes", "str | None", str, Context], tuple[Any, str]]


@dataclass(frozen=True)
class Handlers:
    """How to load the model and how to answer one request with it."""

    load: Callable[[str], Any]
    transform: Transform
    default_accept: str


def call(function: Callable[..., Any], arguments: tuple[Any, ...], context: Context) -> Any:
    """Call a program's function, with the context if it takes one argument more."""
    takes_context = len(inspect.signature(function).parameters) == len(arguments) + 1
    return function(*arguments, context) if takes_context else function(*arguments)


def script_handlers(program: Any, framework: str, default_accept: str) -> Handlers:
    """Take the functions of a program, and the framework's defaults for those it leaves out."""
    whole = getattr(program, "transform_fn", None)
    if whole and any(hasattr(program, f"{step}_fn") for step in ("input", "predict", "output")):
        raise ProgramError("transform_fn cannot stand beside input_fn, predict_fn or output_fn")
    xgboost = framework == "xgboost"
    read = getattr(program, "input_fn", _xgboost_input if xgboost else _array_input)
    predict = getattr(program, "predict_fn", _xgboost_predict if xgboost else _predict)
    write = getattr(program, "output_fn", encode)

    def transform(
        model: Any, body: str | bytes, content_type: str | None, accept: str, context: Context
    ) -> tuple[Any, str]:
        if whole:
            result = call(whole, (model, body, content_type, accept), context)
        else:
            data = _read(read, (body, content_type), context)
            result = call(write, (call(predict, (data, model), context), accept), context)
        return result if isinstance(result, tuple) else (result, accept)

    return Handlers(getattr(program, "model_fn", _no_model), transform, default_accept)


def _read(read: Callable[..., Any], arguments: tuple[Any, ...], context: Context) -> Any:
    try:
        return call(read, arguments, context)
    except ValueError as error:
        if hasattr(error, "status_code"):
            raise
        log(
            "input_fn raised ValueError, answered 400 here. SageMaker's toolkit answers 500 to it: "
            "raise sagemaker_inference.errors.BaseInferenceToolkitError(400, message, phrase)."
        )
        raise GenericInferenceToolkitError(HTTPStatus.BAD_REQUEST, str(error)) from error


def booster_handlers(default_accept: str) -> Handlers:
    """Serve a booster without a program, as XGBoost's container does in algorithm mode."""
    return Handlers(load_booster, _transform_with_booster, default_accept)


def load_booster(model_dir: str) -> Any:
    """Load the booster in `model_dir`: saved by XGBoost, or pickled."""
    files = [path for pattern in _MODEL_FILES for path in sorted(Path(model_dir).glob(pattern))]
    if not files:
        found = sorted(path.name for path in Path(model_dir).iterdir())
        raise ProgramError(
            f"No program and no model: {model_dir} has none of {', '.join(_MODEL_FILES)} "
            f"and no code/inference.py; it has {found}"
        )
    xgboost = importlib.import_module("xgboost")
    booster = xgboost.Booster()
    try:
        booster.load_model(files[0])
    except xgboost.core.XGBoostError:
        return pickle.loads(files[0].read_bytes())  # noqa: S301  # as the real container does
    return booster


def _transform_with_booster(
    model: Any, body: str | bytes, content_type: str | None, accept: str, context: Context
) -> tuple[Any, str]:
    del context
    if not body:
        return b"", accept
    try:
        data = numbers_of(body, content_type or CSV)
    except (ValueError, UnsupportedFormatError) as error:
        text = f"Loading data of type {content_type or CSV} failed: {error}"
        raise GenericInferenceToolkitError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, text) from error
    try:
        scores = model.inplace_predict(data, validate_features=False).tolist()
    except Exception as error:
        text = f"Unable to evaluate payload provided: {error}"
        raise GenericInferenceToolkitError(HTTPStatus.BAD_REQUEST, text) from error
    return _encode_scores(scores, media_type(accept)), media_type(accept)


def _encode_scores(scores: list[Any], accept: str) -> str:
    records = [{"score": score} for score in scores]
    if accept == JSON:
        return json.dumps({"predictions": records})
    if accept == JSON_LINES:
        return "".join(f"{json.dumps(record)}\n" for record in records)
    if accept == CSV:
        return encode(scores, accept)
    text = f"Accept type {accept} is not supported: use {CSV}, {JSON} or {JSON_LINES}"
    raise GenericInferenceToolkitError(HTTPStatus.NOT_ACCEPTABLE, text)


def find_program(opt_ml: Path, environment: Mapping[str, str]) -> Path | None:
    """Return the program's file, or None if the model comes without one."""
    name = environment.get("SAGEMAKER_PROGRAM")
    submitted = environment.get("SAGEMAKER_SUBMIT_DIRECTORY", "")
    directory = opt_ml / "model" / "code"
    if submitted.startswith("s3://"):
        directory = opt_ml / "code"
    elif submitted:
        directory = opt_ml / submitted.removeprefix("file://")
    program = directory / (name or "inference.py")
    if name and not program.is_file():
        raise ProgramError(f"SAGEMAKER_PROGRAM {name} is not in {directory}")
    return program if program.is_file() else None


def import_program(path: Path) -> types.ModuleType:
    """Run the program as a module that can import its neighbours."""
    sys.path.insert(0, str(path.parent))
    if (path.parent / "requirements.txt").is_file():
        log("requirements.txt is not installed here: the program sees the runtime's own packages")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ProgramError(f"{path} is not a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def find_handlers(opt_ml: Path, environment: Mapping[str, str], framework: str) -> Handlers:
    """Choose who answers: the program, or the framework's default."""
    program = find_program(opt_ml, environment)
    accept = environment.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT")
    if program is not None:
        return script_handlers(import_program(program), framework, accept or JSON)
    if framework == "xgboost":
        return booster_handlers(accept or CSV)
    raise ProgramError(
        f"The model has no code/inference.py and the {framework} runtime has no default program"
    )


@dataclass(frozen=True)
class Answer:
    """A response before it is HTTP."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def failure_of(error: Exception) -> tuple[int, str]:
    """Return the status and the message that an exception answers."""
    message = str(getattr(error, "message", "") or error or type(error).__name__)
    status = getattr(error, "status_code", None)
    if isinstance(status, int) and HTTPStatus.BAD_REQUEST <= status <= 599:  # noqa: PLR2004
        return int(status), message
    if type(error).__name__ == "UnsupportedFormatError":
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message
    return HTTPStatus.INTERNAL_SERVER_ERROR, message


def as_bytes(content: Any) -> bytes:
    """Return a program's output as it is sent; raise TypeError for what is no text or bytes."""
    if isinstance(content, str):
        return content.encode()
    if isinstance(content, (bytes, bytearray, memoryview)):
        return bytes(content)
    raise TypeError(f"The program answered {type(content).__name__}; it must be text or bytes")


class Model:
    """A loaded model and its handlers."""

    def __init__(self, handlers: Handlers, model_dir: str, *, workers: int) -> None:
        self.workers = workers
        self._turn = Semaphore(workers)
        self._handlers = handlers
        self._properties = {"model_dir": model_dir}
        self._model = call(handlers.load, (model_dir,), Context({}, self._properties))

    def answer(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Answer one invocation; an exception of the program becomes an error response."""
        context = Context(headers, self._properties)
        try:
            with self._turn:
                content, content_type = self._transform(body, context)
            data = as_bytes(content)
        except Exception as error:  # noqa: BLE001  # the program's errors are the caller's answer
            status, message = failure_of(error)
            log(f"Invocation answered {status}: {message}")
            log(traceback.format_exc())
            return Answer(status, message.encode(), {"Content-Type": "text/plain; charset=utf-8"})
        return Answer(200, data, {"Content-Type": content_type, **context.response_headers})

    def _transform(self, body: bytes, context: Context) -> tuple[Any, str]:
        content_type = context.headers.get("Content-Type")
        accept = context.headers.get("Accept")
        if not accept or accept == "*/*":
            accept = self._handlers.default_accept
        content = body.decode() if content_type in _TEXT_TYPES else body
        return self._handlers.transform(self._model, content, content_type, accept, context)


class ModelServer(ThreadingMixIn, UnixStreamServer):
    """Serve a model on a unix socket; one thread a connection, connections are kept alive."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, socket_path: Path, model: Model) -> None:
        self.model = model
        with contextlib.suppress(FileNotFoundError):
            socket_path.unlink()
        # A socket's path has 107 bytes; the name relative to its directory always fits.
        with contextlib.chdir(socket_path.parent):
            super().__init__(socket_path.name, InvocationHandler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Log what broke a connection; a caller that went away is none of our business."""
        del request, client_address
        if not isinstance(sys.exception(), (BrokenPipeError, ConnectionResetError)):
            log(traceback.format_exc())


class InvocationHandler(BaseHTTPRequestHandler):
    """The three routes of a SageMaker container."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: ModelServer

    def do_GET(self) -> None:
        """Answer `/ping` and `/execution-parameters`."""
        if self.path == "/ping":
            self._send(Answer(200, b"", {}))
        elif self.path == "/execution-parameters":
            parameters = {
                "MaxConcurrentTransforms": self.server.model.workers,
                "BatchStrategy": "MULTI_RECORD",
                "MaxPayloadInMB": int(os.environ.get("SAGEMAKER_MAX_PAYLOAD_IN_MB", "6")),
            }
            self._send(Answer(200, json.dumps(parameters).encode(), {"Content-Type": JSON}))
        else:
            self._send(Answer(404, b"", {}))

    def do_POST(self) -> None:
        """Answer `/invocations`."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path != "/invocations":
            self._send(Answer(404, b"", {}))
            return
        self._send(self.server.model.answer(body, self.headers))  # type: ignore[arg-type]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Stay silent: the log is the program's."""

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)


def main() -> None:
    """Load the model, then serve until SIGTERM."""
    parser = argparse.ArgumentParser(description="Serve the model in /opt/ml/model.")
    parser.add_argument("--framework", default="script")
    framework = parser.parse_args().framework
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    here = Path(__file__).absolute().parent
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").absolute() != here]
    provide_toolkit_errors()
    started = time.monotonic()
    model_dir = str(here.parent / "model")
    handlers = find_handlers(here.parent, os.environ, framework)
    workers = int(os.environ.get("SAGEMAKER_MODEL_SERVER_WORKERS", "1"))
    model = Model(handlers, model_dir, workers=max(1, workers))
    server = ModelServer(here / "socket", model)
    log(f"Model loaded in {time.monotonic() - started:.1f} s; serving /ping and /invocations")
    server.serve_forever(poll_interval=60)


if __name__ == "__main__":
    main()
