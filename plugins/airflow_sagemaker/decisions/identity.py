"""Names of SageMaker resources, derived from what they are for and never from a clock or a dice."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

NAME_LIMIT = 63
"""Longest name SageMaker takes for jobs, models, endpoint configs and endpoints."""

NAME_PATTERN = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
"""SageMaker's pattern for those names (`TrainingJobName` and its siblings in the API's model)."""

NAMESPACE_LIMIT = 16
"""Longest namespace; leaves room for a readable slug in front of the hash."""

GENERATION_ROOM = len("-g999")
"""Kept free in every job name, so that a later generation of a job still fits its name."""

LAYOUT = "1"
"""Version of the name layout and of the hash input; it is hashed, so layouts never collide."""

_HASH_LENGTH = 10
_UNFIT = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Whose resource it is and what it is for.

    :param namespace: names the installation; two installations never share a name
    :param slug: what it is for, readable: `flights-train`
    """

    namespace: str
    slug: str

    def job_name(self, *parts: str) -> str:
        """Name a job `namespace-slug-hash`; the hash covers namespace, slug and all parts in full.

        :param parts: what makes the job one of its kind, such as Dag, run, task, map index and try
        """
        return self._name(NAME_LIMIT - GENERATION_ROOM, _digest(self.namespace, self.slug, *parts))

    def resource_name(self, *parts: str) -> str:
        """Name a model or an endpoint config `namespace-slug-hash`; same parts, same name."""
        return self._name(NAME_LIMIT, _digest(self.namespace, self.slug, *parts))

    def standing_name(self) -> str:
        """Name what there is one of, such as an endpoint, `namespace-slug`.

        Where that could be read as another pair, as with a hyphen in the namespace, a hash follows.
        """
        plain = f"{self.namespace}-{self.slug}"
        is_clear = (
            "-" not in self.namespace and plain == f"{slugify(self.namespace)}-{slugify(self.slug)}"
        )
        return plain if is_clear and len(plain) <= NAME_LIMIT else self.resource_name()

    def _name(self, limit: int, digest: str) -> str:
        head = f"{slugify(self.namespace)}-{slugify(self.slug)}"
        return f"{head[: limit - len(digest) - 1].rstrip('-')}-{digest}"


def slugify(text: str) -> str:
    """Lower-case a text and join its letters and digits by single hyphens; never empty."""
    return _UNFIT.sub("-", text.lower()).strip("-") or "x"


def _digest(*parts: str) -> str:
    whole = "".join(f"{len(part)}:{part}" for part in (LAYOUT, *parts))
    return hashlib.sha256(whole.encode()).hexdigest()[:_HASH_LENGTH]
