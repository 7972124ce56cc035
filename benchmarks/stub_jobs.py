"""The jobs of a stub SageMaker: they cost nothing, and end when they are told to.

What is said of a job depends on the time alone, so that a test can ask for any moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.job_kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from airflow_sagemaker.bodies.job_kinds import JobKind

FIRST_PAGE, LONGEST_PAGE = 10, 100
"""`MaxResults` of SageMaker's List calls: its default, and its most."""

ARN = "arn:aws:sagemaker:us-east-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/sagemaker-execution"
UNKNOWN = "ValidationException", "Requested resource not found."
_VERBS = ("Create", "Describe", "List", "Stop")


class StubError(Exception):
    """An error of the stub, answered as AWS answers its own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(kw_only=True)
class StubJob:
    """A job; times are seconds since the epoch.

    :param ends: when it is over; None while nobody has said so
    :param verdict: its status from then on
    :param body: the request it was made with
    :param is_watched: whether somebody waits for it
    """

    kind: JobKind
    name: str
    created: float
    ends: float | None = None
    verdict: str = "Completed"
    body: Mapping[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    is_watched: bool = True

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"{ARN}:{self.kind.resource.lower()}/{self.name}"

    def is_over(self, now: float) -> bool:
        """Tell whether it has ended."""
        return self.ends is not None and self.ends <= now

    def status(self, now: float) -> str:
        """Give its status."""
        return self.verdict if self.is_over(now) else "InProgress"

    def modified(self, now: float) -> float:
        """Give the time of its last change: its making, or its end."""
        return self.ends if self.ends is not None and self.ends <= now else self.created

    def summary(self, now: float) -> dict[str, Any]:
        """Give its entry in a listing."""
        kind = self.kind
        entry = {
            kind.name_key: self.name,
            kind.arn_key: self.arn,
            kind.status_key: self.status(now),
            kind.created_key: _moment(self.created),
            "LastModifiedTime": _moment(self.modified(now)),
        }
        return entry | ({kind.ended_key: _moment(self.ends)} if self.is_over(now) else {})

    def description(self, now: float) -> dict[str, Any]:
        """Give what a Describe call answers."""
        body = {key: value for key, value in self.body.items() if key != "Tags"}
        more: dict[str, Any] = {}
        if self.kind.started_key:
            more[self.kind.started_key] = _moment(self.created)
        if self.kind.secondary_key:
            more[self.kind.secondary_key] = self.verdict if self.is_over(now) else "Training"
        return body | more | self.summary(now)


class StubJobs:
    """All jobs of an account, and SageMaker's calls about them."""

    def __init__(self) -> None:
        self._jobs: dict[tuple[str, str], StubJob] = {}
        self.seconds_to_run: float | None = None
        """How long jobs take that are made by a call; None for ever."""
        self.looked_at: set[str] = set()
        """Names of watched jobs that somebody was told of."""

    def add(self, jobs: Iterable[StubJob]) -> None:
        """Have more jobs."""
        self._jobs.update({(job.kind.resource, job.name): job for job in jobs})

    def end(self, ends: Mapping[str, float]) -> list[StubJob]:
        """Say when jobs end, by name; gives them."""
        ending = [job for job in self._jobs.values() if job.name in ends]
        for job in ending:
            job.ends = ends[job.name]
        return ending

    def answer(self, operation: str, request: Mapping[str, Any], now: float) -> dict[str, Any]:
        """Answer a call of SageMaker's API.

        :raises StubError: if it is none that the stub knows, or about a job that is not there
        """
        if operation in {"AddTags", "ListTags"}:
            return self._answer_about_tags(operation, request)
        verb, kind = _read(operation)
        if verb == "List":
            return self._list(kind, request, now)
        name = request[kind.name_key]
        if verb == "Create":
            return {kind.arn_key: self._create(kind, name, request, now).arn}
        job = self._jobs.get((kind.resource, name))
        if job is None:
            raise StubError(*UNKNOWN)
        if verb == "Stop":
            return _stop(job, now)
        self._note([job])
        return job.description(now)

    def _create(self, kind: JobKind, name: str, body: Mapping[str, Any], now: float) -> StubJob:
        if (kind.resource, name) in self._jobs:
            raise StubError("ResourceInUse", f"{kind.label} {name} already exists")
        job = StubJob(
            kind=kind,
            name=name,
            created=now,
            ends=None if self.seconds_to_run is None else now + self.seconds_to_run,
            body=body,
            tags={tag["Key"]: tag["Value"] for tag in body.get("Tags", [])},
        )
        self.add([job])
        return job

    def _answer_about_tags(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        arn = request["ResourceArn"]
        job = next((job for job in self._jobs.values() if job.arn == arn), None)
        if job is None:
            raise StubError(*UNKNOWN)
        if operation == "AddTags":
            job.tags |= {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        return {"Tags": [{"Key": key, "Value": value} for key, value in job.tags.items()]}

    def _list(self, kind: JobKind, request: Mapping[str, Any], now: float) -> dict[str, Any]:
        """Answer a page; all pages of a listing are of the moment of its first one."""
        token = request.get("NextToken")
        moment, start = map(float, token.split(":")) if token else (now, 0)
        size = min(int(request.get("MaxResults", FIRST_PAGE)), LONGEST_PAGE)
        found = self._found(kind, request, moment)
        end = int(start) + size
        page = found[int(start) : end]
        self._note(page)
        more = {"NextToken": f"{moment!r}:{end}"} if end < len(found) else {}
        return {kind.list_key: [job.summary(moment) for job in page], **more}

    def _note(self, jobs: Iterable[StubJob]) -> None:
        self.looked_at.update(job.name for job in jobs if job.is_watched)

    def _found(self, kind: JobKind, request: Mapping[str, Any], now: float) -> list[StubJob]:
        found = [
            job
            for job in self._jobs.values()
            if job.kind is kind and job.created <= now and _is_asked_for(job, request, now)
        ]
        by_name = request.get("SortBy") == "Name"
        found.sort(
            key=lambda job: (job.name if by_name else "", job.created, job.name),
            reverse=request.get("SortOrder") == "Descending",
        )
        return found


def _stop(job: StubJob, now: float) -> dict[str, Any]:
    if job.is_over(now):
        raise StubError("ValidationException", f"The job is in status {job.status(now)}")
    job.ends, job.verdict = now, "Stopped"
    return {}


def _is_asked_for(job: StubJob, request: Mapping[str, Any], now: float) -> bool:
    if request.get("NameContains", "") not in job.name:
        return False
    if request.get("StatusEquals", job.status(now)) != job.status(now):
        return False
    return _is_between(request, "CreationTime", job.created) and _is_between(
        request, "LastModifiedTime", job.modified(now)
    )


def _is_between(request: Mapping[str, Any], field_name: str, seconds: float) -> bool:
    """Tell whether a time is strictly between a listing's `…After` and `…Before`."""
    after = float(request.get(f"{field_name}After", "-inf"))
    before = float(request.get(f"{field_name}Before", "inf"))
    return after < _moment(seconds) < before


def _read(operation: str) -> tuple[str, JobKind]:
    for verb in _VERBS:
        for kind in KINDS.values():
            if operation == kind.api_name(verb):
                return verb, kind
    raise StubError("UnknownOperationException", f"the stub has no {operation}")


def _moment(seconds: float | None) -> float:
    """Give a time as the API does, to the millisecond."""
    return round(seconds or 0.0, 3)
