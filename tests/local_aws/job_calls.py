"""The calls of each kind of job, as boto3 has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore import xform_name

from include.local_aws.sagemaker.job_kinds import PROCESSING, TRAINING, TRANSFORM, JobKind
from tests.local_aws import request_bodies
from tests.local_aws.account import Account, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

FINAL = {"Completed", "Failed", "Stopped"}


@dataclass(frozen=True)
class JobCalls:
    """Create, describe, list, stop and delete jobs of one kind."""

    account: Account
    kind: JobKind
    region: str = "us-east-1"

    @property
    def client(self) -> Any:
        """The SageMaker client."""
        return self.account.client("sagemaker", self.region)

    def call(self, verb: str, suffix: str = "") -> Callable[..., dict[str, Any]]:
        """Return the client's method for an operation."""
        method: Callable[..., dict[str, Any]] = getattr(
            self.client, xform_name(f"{verb}{self.kind.stem}{suffix}")
        )
        return method

    def body(self, name: str, **more: Any) -> dict[str, Any]:
        """Return a valid Create body; a transform job's model is made for it."""
        if self.kind is TRAINING:
            return request_bodies.training_job(name, **more)
        if self.kind is PROCESSING:
            return request_bodies.processing_job(name, **more)
        model = self.account.name("model")
        self.client.create_model(**request_bodies.model(model))
        return request_bodies.transform_job(name, model, **more)

    def create(self, prefix: str = "job", **more: Any) -> str:
        """Create a job and return its name."""
        name = self.account.name(prefix)
        self.call("Create")(**self.body(name, **more))
        return name

    def describe(self, name: str) -> dict[str, Any]:
        """Describe a job."""
        return self.call("Describe")(**{self.kind.name_field: name})

    def status(self, name: str) -> str:
        """Return a job's status."""
        return str(self.describe(name)[self.kind.status_field])

    def wait(self, name: str) -> dict[str, Any]:
        """Wait for a job's end and describe it."""
        wait_until(lambda: self.status(name) in FINAL, f"the end of {name}")
        return self.describe(name)

    def stop(self, name: str) -> None:
        """Stop a job."""
        self.call("Stop")(**{self.kind.name_field: name})

    def names(self, **asked: Any) -> list[str]:
        """List the names of jobs, all pages."""
        found: list[str] = []
        while True:
            answer = self.call("List", "s")(**asked)
            found += [s[self.kind.name_field] for s in answer[f"{self.kind.stem}Summaries"]]
            if "NextToken" not in answer:
                return found
            asked["NextToken"] = answer["NextToken"]


KINDS = (TRAINING, PROCESSING, TRANSFORM)
