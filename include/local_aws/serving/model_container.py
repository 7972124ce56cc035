"""One container of a model: laid out, started, kept alive, invoked, stopped."""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from include.local_aws.jobs.images import UnknownImage
from include.local_aws.jobs.sandbox import Container, ContainerSpec
from include.local_aws.jobs.workspace import remove
from include.local_aws.serving import model_server
from include.local_aws.serving.invocation import (
    Inference,
    Invocation,
    ModelNotConnectedError,
    ModelTimeoutError,
    ModelUnreachableError,
    SocketClient,
)
from include.local_aws.serving.model_directory import ModelDataError, lay_out

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from include.local_aws.jobs.images import Runtime
    from include.local_aws.jobs.platform import JobPlatform
    from include.local_aws.serving.model_plan import ContainerPlan

START_SECONDS = 480.0
"""AWS gives a container eight minutes to pass its first ping."""
_PING_EVERY = 0.02
_FIRST_BACKOFF, _LONGEST_BACKOFF = 0.5, 30.0
_GRACE_SECONDS = 2.0
_LAST_LINES = 20
_HEALTH_SECONDS = 5.0


class ModelStartError(Exception):
    """A container did not come up. `log_tail` are the last lines it wrote."""

    def __init__(self, container: str, reason: str, log_tail: str = "") -> None:
        super().__init__(f"{container}: {reason}")
        self.container = container
        self.reason = reason
        self.log_tail = log_tail


class PingError(ModelStartError):
    """A container started and never answered its health check."""


class StartInterruptedError(Exception):
    """The start was given up because the server shuts down or the job was stopped."""


@dataclass(frozen=True, kw_only=True)
class HostingOrder:
    """Where and how a container runs.

    :param name: For messages, for example "variant A of endpoint flights".
    :param region: What its SDKs take as their region.
    :param directory: The host directory that it sees as /opt/ml; made, and removed at the end.
    :param log: Gets every line it writes.
    :param stop: Set to give up a start and to stop restarting.
    :param environment: Variables beyond those of the model.
    """

    name: str
    region: str
    directory: Path
    log: Callable[[str], None]
    stop: threading.Event
    network_isolation: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


class ModelContainer:
    """A model server in a container.

    A server that ends by itself, or that lets an invocation time out, is started again, at once and
    then after growing pauses; invocations wait for it meanwhile.
    """

    def __init__(self, plan: ContainerPlan, platform: JobPlatform, order: HostingOrder) -> None:
        self.plan = plan
        self._platform = platform
        self._order = order
        self._tail: deque[str] = deque(maxlen=_LAST_LINES)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._container: Container | None = None
        self._client: SocketClient | None = None
        self._keeper = threading.Thread(target=self._keep_alive, daemon=True)

    def start(self, timeout: float = START_SECONDS) -> None:
        """Lay the model out, start its server and wait for its first ping.

        Raises `PingError` if it does not answer within `timeout` seconds or ends, `ModelStartError`
        if there is no such image or model data, `StartInterruptedError`.
        """
        try:
            self._runtime = self._platform.images.resolve(self.plan.image)
            lay_out(self.plan, self._platform.store, self._order.directory)
            self._launch(self._runtime, timeout)
        except (UnknownImage, ModelDataError) as error:
            self.stop()
            raise ModelStartError(self.plan.hostname, str(error)) from error
        except BaseException:
            self.stop()
            raise
        self._keeper.start()

    def invoke(self, invocation: Invocation, timeout: float) -> Inference:
        """Send one invocation.

        Raises `ModelTimeoutError` (the server is then replaced) and `ModelUnreachableError`.
        """
        deadline = time.monotonic() + timeout
        while True:
            left = max(0.001, deadline - time.monotonic())
            if not self._ready.wait(left) or self._client is None or self._stopping.is_set():
                raise ModelUnreachableError("The model server is not running")
            container = self._container
            try:
                answer = self._client.request(
                    "POST", "/invocations", timeout=left, invocation=invocation
                )
            except ModelNotConnectedError:
                self._check_health(container)
            except ModelUnreachableError:
                self._check_health(container)
                raise
            except ModelTimeoutError:
                self._replace(container)
                raise
            else:
                return replace(answer, container=self.plan.hostname)

    def execution_parameters(self, timeout: float = 10.0) -> bytes:
        """Return the answer to `/execution-parameters`, empty if the server has none."""
        if self._client is None:
            return b""
        answer = self._client.request("GET", "/execution-parameters", timeout=timeout)
        return answer.body if answer.ok else b""

    def stop(self, grace_seconds: float = _GRACE_SECONDS) -> None:
        """End the server and remove its directory."""
        with self._lock:
            self._stopping.set()
            self._ready.set()
        if self._container is not None:
            self._container.stop(grace_seconds)
        if self._keeper.is_alive():
            self._keeper.join(grace_seconds + 1)
        if self._client is not None:
            self._client.close()
        remove(self._order.directory)

    @property
    def log_tail(self) -> str:
        """The last lines the container wrote."""
        return "\n".join(self._tail)

    def _launch(self, runtime: Runtime, timeout: float) -> None:
        script = self._order.directory / "serving" / "model_server.py"
        script.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(model_server.__file__, script)
        with contextlib.suppress(FileNotFoundError):
            (script.parent / "socket").unlink()
        if self._client is not None:
            self._client.close()
        self._client = SocketClient(script.parent / "socket")
        container = Container.start(
            self._spec(runtime), self._on_line, sandbox=self._platform.sandbox
        )
        with self._lock:
            self._container = container
        try:
            self._await_ping(container, self._client, timeout)
        except BaseException:
            container.stop(0)
            raise
        self._ready.set()

    def _spec(self, runtime: Runtime) -> ContainerSpec:
        script = "/opt/ml/serving/model_server.py"
        return ContainerSpec(
            name=f"{self.plan.hostname} of {self._order.name}",
            opt_ml=self._order.directory,
            argv=[str(runtime.python), script, "--framework", runtime.framework],
            environment=self._environment(runtime),
            network_isolation=self._order.network_isolation,
            working_directory="/opt/ml/model",
        )

    def _environment(self, runtime: Runtime) -> dict[str, str]:
        reachable = (
            {}
            if self._order.network_isolation
            else {"AWS_ENDPOINT_URL": self._platform.endpoint_url}
        )
        return {
            "PATH": f"{runtime.python.parent}:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "SM_MODEL_DIR": "/opt/ml/model",
            "AWS_REGION": self._order.region,
            "AWS_DEFAULT_REGION": self._order.region,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_EC2_METADATA_DISABLED": "true",
            **reachable,
            **self._order.environment,
            **self.plan.environment,
        }

    def _on_line(self, line: str) -> None:
        self._tail.append(line)
        self._order.log(line)

    def _await_ping(self, container: Container, client: SocketClient, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._order.stop.is_set() or self._stopping.is_set():
                raise StartInterruptedError
            with contextlib.suppress(ModelUnreachableError, ModelTimeoutError):
                if client.request("GET", "/ping", timeout=5.0).ok:
                    return
            code = container.wait(_PING_EVERY)
            if code is not None:
                raise self._ping_error(f"The model server ended with exit code {code}")
        raise self._ping_error(f"No answer to /ping within {timeout:g} s")

    def _ping_error(self, reason: str) -> PingError:
        return PingError(self.plan.hostname, reason, self.log_tail)

    def _keep_alive(self) -> None:
        backoff = _FIRST_BACKOFF
        while self._container is not None:
            started = time.monotonic()
            code = self._container.wait()
            if self._order.stop.is_set():
                self._stopping.set()
            if not self._not_ready(self._container):
                self._ready.set()
                return
            if time.monotonic() - started > _LONGEST_BACKOFF:
                backoff = _FIRST_BACKOFF
            self._on_line(f"The model server ended with exit code {code}; it is started again")
            if self._stopping.wait(backoff):
                return
            backoff = min(2 * backoff, _LONGEST_BACKOFF)
            self._restart()

    def _restart(self) -> None:
        try:
            self._launch(self._runtime, START_SECONDS)
        except StartInterruptedError:
            return
        except ModelStartError as error:
            self._on_line(f"The restart failed: {error.reason}")

    def _not_ready(self, container: Container | None) -> bool:
        """Make invocations wait for the next server; False if that is there already."""
        with self._lock:
            is_current = container is self._container and not self._stopping.is_set()
            if is_current:
                self._ready.clear()
        return is_current

    def _check_health(self, container: Container | None) -> None:
        """After a broken connection: let invocations go on if the server lives, else replace it."""
        if container is None or self._client is None or not self._not_ready(container):
            return
        try:
            self._await_ping(container, self._client, _HEALTH_SECONDS)
        except (PingError, StartInterruptedError):
            container.stop(0)
            return
        with self._lock:
            if container is self._container:
                self._ready.set()

    def _replace(self, container: Container | None) -> None:
        """End a server that does not answer, if it is still the one; the keeper starts another."""
        if container is not None and self._not_ready(container):
            self._on_line("An invocation timed out: the model server is replaced")
            container.stop(0)
