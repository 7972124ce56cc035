"""The serving half of the embedded AWS on a port of its own, to be killed and started again."""

from __future__ import annotations

import random
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from include.local_aws.faults.rulebook import Rulebook
from include.local_aws.jobs.images import ImageTable
from include.local_aws.jobs.platform import JobPlatform
from include.local_aws.s3.app import S3App
from include.local_aws.s3.store import ObjectStore
from include.local_aws.sagemaker.endpoint_configs import EndpointConfigs
from include.local_aws.sagemaker.endpoint_update_faults import EndpointUpdateFaults
from include.local_aws.sagemaker.endpoints import Endpoints
from include.local_aws.sagemaker.models import Models
from include.local_aws.sagemaker.runtime import RuntimeApp
from include.local_aws.sagemaker.tags import Tags
from include.local_aws.serving.fleet import INVOCATION_SECONDS, Fleet
from include.local_aws.settings import Transitions
from include.local_aws.state.records import Records
from include.local_aws.wire.dispatch import Applications, Dispatcher
from include.local_aws.wire.http_server import HttpServer
from include.local_aws.wire.json_service import JsonService
from include.local_aws.wire.neighbours import Neighbours
from include.local_aws.wire.operations import Operations
from include.local_aws.wire.service_models import service_model
from tests.local_aws import request_bodies
from tests.local_aws.account import Account, wait_until
from tests.local_aws.serving.conftest import CollectedLogs
from tests.local_aws.serving.model_archives import BUCKET, DOUBLING, GATED, stored_model

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 20_130_101
CSV = "text/csv"


def seeded() -> random.Random:
    """Return the generator that a hosting service draws its variants with, at its beginning."""
    return random.Random(SEED)  # noqa: S311 - a repeatable draw


class HostingService:
    """Models, endpoint configurations, endpoints, SageMaker Runtime and S3 behind one port.

    The parts are the embedded AWS's own; the variants are drawn with a seed. `account` has the
    clients.
    """

    def __init__(
        self, state: Path, *, pause: float = 0.05, timeout: float = INVOCATION_SECONDS
    ) -> None:
        self.logs = CollectedLogs()
        self.store = ObjectStore(state / "s3")
        self._records = Records(state / "sagemaker.sqlite")
        self._server = HttpServer(0)
        self.account = Account(f"http://127.0.0.1:{self._server.port}")
        self.fleet = Fleet(
            JobPlatform(
                store=self.store,
                logs=self.logs,
                workspace=state / "jobs",
                images=ImageTable(Path(sys.executable)),
                endpoint_url=self.account.endpoint_url,
            )
        )
        tags = Tags(self._records)
        self.rulebook = Rulebook()
        endpoints = Endpoints(
            self._records,
            tags,
            self.fleet,
            Transitions(pause=pause),
            EndpointUpdateFaults(self.rulebook),
        )
        operations = Operations()
        for part in (
            Models(self._records, tags),
            EndpointConfigs(self._records, tags),
            endpoints,
            tags,
        ):
            operations.include(part.operations())
        sagemaker = JsonService(service_model("sagemaker"), operations, check_responses=True)
        runtime = RuntimeApp(self._records, self.fleet, rng=seeded(), timeout=timeout)
        applications = Applications(
            sagemaker=sagemaker, runtime=runtime, s3=S3App(self.store), neighbours=Neighbours()
        )
        self._server.start(Dispatcher(applications))
        endpoints.resume()

    @property
    def sagemaker(self) -> Any:
        """The boto3 client of SageMaker."""
        return self.account.client("sagemaker")

    @property
    def runtime(self) -> Any:
        """The boto3 client of SageMaker Runtime."""
        return self.account.client("sagemaker-runtime")

    def make_model(self, program: str = DOUBLING, **files: str) -> str:
        """Create a model; return its name."""
        name = self.account.name("model")
        self.sagemaker.create_model(
            ModelName=name,
            PrimaryContainer=stored_model(self.store, name, program, **files),
            ExecutionRoleArn=request_bodies.ROLE,
        )
        return name

    def gated_model(self, gate: str, **files: str) -> str:
        """Create a model that loads when the gate is opened; return its name."""
        return self.make_model(GATED, gate=f"{BUCKET}/{gate}", **files)

    def open_gate(self, gate: str) -> None:
        """Let gated models load."""
        self.store.put(BUCKET, gate, b"open")

    def make_config(self, *variants: dict[str, Any], **more: Any) -> str:
        """Create an endpoint configuration, of one variant `main` if none is given."""
        name = self.account.name("config")
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=list(variants)
            or [request_bodies.variant("main", self.make_model())],
            **more,
        )
        return name

    def make_endpoint(self, config: str, **more: Any) -> str:
        """Create an endpoint; return its name when it is at rest."""
        name = self.account.name("Endpoint")
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, **more)
        self.settled(name)
        return name

    def describe(self, name: str) -> dict[str, Any]:
        """Describe an endpoint."""
        found: dict[str, Any] = self.sagemaker.describe_endpoint(EndpointName=name)
        return found

    def settled(self, name: str) -> dict[str, Any]:
        """Wait until an endpoint is at rest; return its description."""
        moving = {"Creating", "Updating", "RollingBack", "Deleting"}
        found: dict[str, Any] = wait_until(
            lambda: (d := self.describe(name))["EndpointStatus"] not in moving and d,
            "the endpoint's rest",
        )
        return found

    def is_gone(self, name: str) -> bool:
        """Say whether an endpoint cannot be described any more."""
        try:
            self.describe(name)
        except ClientError as error:
            return "Could not find endpoint" in error.response["Error"]["Message"]
        return False

    def invoke(self, name: str, body: str | bytes = "1", **more: Any) -> dict[str, Any]:
        """Invoke an endpoint with CSV; return the response, its body read."""
        response: dict[str, Any] = self.runtime.invoke_endpoint(
            EndpointName=name, **{"ContentType": CSV, "Accept": CSV, "Body": body, **more}
        )
        return {**response, "Body": response["Body"].read()}

    def answer(self, name: str, body: str = "1", **more: Any) -> bytes:
        """Return the body of an endpoint's answer."""
        content: bytes = self.invoke(name, body, **more)["Body"]
        return content

    def stop(self) -> None:
        """End everything."""
        self.fleet.shutdown()
        self._server.stop()
        self.account.close()
        self._records.close()
        self.store.close()


@contextmanager
def running(state: Path, **more: Any) -> Iterator[HostingService]:
    """Run a hosting service on a state directory for the length of the block."""
    service = HostingService(state, **more)
    try:
        yield service
    finally:
        service.stop()


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    """Return code and message of the error that a call ends with."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
