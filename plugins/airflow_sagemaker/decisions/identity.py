"""Names of SageMaker resources, derived from what they are for and never from a clock or a dice."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

from airflow_sagemaker.exceptions import InvalidRequestError, SubmissionError

NAME_LIMIT = 63
"""Longest name SageMaker takes for most jobs, models, endpoint configs and endpoints."""

TUNING_NAME_LIMIT = 32
"""Longest name SageMaker takes for a tuning job (`HyperParameterTuningJobName`)."""

NAME_PATTERN = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
"""SageMaker's pattern for those names (`TrainingJobName` and its siblings in the API's model)."""

NAMESPACE_LIMIT = 16
"""Longest namespace; with the hash and the generation it just fits a tuning job's name."""

GENERATION_LIMIT = 999
"""Highest generation of a job."""

GENERATION_ROOM = len(f"-g{GENERATION_LIMIT}")
"""Kept free in every job's base, so that each of its generations fits its name."""

LAYOUT = "1"
"""Version of the name layout and of the hash input; it is hashed, so layouts never collide."""

# in base 32: among a million jobs of one kind, odds of one in 2,000 that two collide
_HASH_LENGTH = 10
_JOB_NAME = re.compile(
    rf"(?P<family>(?P<namespace>[a-z0-9]{{1,{NAMESPACE_LIMIT}}})(?:-.+)?)"
    rf"-[a-z2-7]{{{_HASH_LENGTH}}}-g[1-9]\d{{0,2}}"
)
_UNFIT = re.compile(r"[^a-z0-9]+")
_NAMESPACE = re.compile(rf"[a-z0-9]{{1,{NAMESPACE_LIMIT}}}")


@dataclass(frozen=True, kw_only=True)
class JobBase:
    """A job's name without its generation: `namespace-slug-hash`.

    :param text: what every generation's name starts with
    :param digest_full: the hash in full, in hexadecimal; its head, in base 32, is in the name
    """

    text: str
    digest_full: str

    def generation(self, number: int) -> str:
        """Name a generation, from 1 on.

        :raises SubmissionError: if the number is beyond the last generation that has a name
        """
        if not 1 <= number <= GENERATION_LIMIT:
            raise SubmissionError(
                f"job {self.text} has no generation {number}: they go from 1 to "
                f"{GENERATION_LIMIT}; start a new run instead of clearing this one again"
            )
        return f"{self.text}-g{number}"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Whose resource it is and what it is for.

    :param namespace: names the installation; two installations never share a name
    :param slug: what it is for, readable: `flights-train`
    """

    namespace: str
    slug: str

    def job_base(self, kind: str, *parts: str, limit: int = NAME_LIMIT) -> JobBase:
        """Name a job `namespace-slug-hash`, to be followed by its generation.

        The hash covers layout version, kind, namespace, slug and all parts in full. The namespace
        is always whole, so that a listing can be narrowed to `namespace-`; only the slug is cut.

        :param kind: the job kind's key: `training`
        :param parts: what makes the job one of its kind: `Owner.parts`, or `partition_parts`
        :param limit: longest name of that kind
        :raises InvalidRequestError: if the namespace is not one
        """
        if not _NAMESPACE.fullmatch(self.namespace):
            raise InvalidRequestError(
                f"namespace {self.namespace!r} cannot name jobs: it must be 1 to {NAMESPACE_LIMIT} "
                "lower-case letters and digits; change `namespace` in the settings"
            )
        digest = _digest(kind, self.namespace, self.slug, *parts)
        text = self._name(limit - GENERATION_ROOM, _short(digest))
        return JobBase(text=text, digest_full=digest)

    def resource_name(self, *parts: str) -> str:
        """Name a model or an endpoint config `namespace-slug-hash`; same parts, same name."""
        return self._name(NAME_LIMIT, self._hash(*parts))

    def standing_name(self) -> str:
        """Name what there is one of, such as an endpoint, `namespace-slug`.

        Where that could be read as another pair, as with a hyphen in the namespace, a hash follows.
        """
        plain = f"{self.namespace}-{self.slug}"
        is_clear = (
            "-" not in self.namespace and plain == f"{slugify(self.namespace)}-{slugify(self.slug)}"
        )
        return plain if is_clear and len(plain) <= NAME_LIMIT else self.resource_name()

    def _hash(self, *parts: str) -> str:
        return _short(_digest(self.namespace, self.slug, *parts))

    def _name(self, limit: int, digest: str) -> str:
        head = f"{slugify(self.namespace)}-{slugify(self.slug)}"
        return f"{head[: limit - len(digest) - 1].rstrip('-')}-{digest}"


@dataclass(frozen=True)
class JobNameParts:
    """What can be read from a job's name.

    :param namespace: what names the installation
    :param family: namespace and slug: jobs of one family are for the same thing
    """

    namespace: str
    family: str


def read_job_name(name: str) -> JobNameParts | None:
    """Read a job's name `namespace-slug-hash-gN`; None if it is not of that form."""
    found = _JOB_NAME.fullmatch(name)
    return found and JobNameParts(namespace=found["namespace"], family=found["family"])


def partition_parts(partition: str, *made_from: str) -> tuple[str, ...]:
    """Give the parts of a partition's identity: whichever run asks for it, it is one job.

    :param made_from: what the partition's content depends on, such as its inputs' fingerprint
    """
    return ("partition", partition, *made_from)


def slugify(text: str) -> str:
    """Lower-case a text and join its letters and digits by single hyphens; never empty."""
    return _UNFIT.sub("-", text.lower()).strip("-") or "x"


def _digest(*parts: str) -> str:
    whole = "".join(f"{len(part)}:{part}" for part in (LAYOUT, *parts))
    return hashlib.sha256(whole.encode(errors="surrogatepass")).hexdigest()


def _short(digest: str) -> str:
    """Write the head of a hexadecimal digest in base 32, which says more in as many characters."""
    return base64.b32encode(bytes.fromhex(digest))[:_HASH_LENGTH].decode().lower()
