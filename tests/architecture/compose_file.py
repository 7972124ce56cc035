"""docker-compose.yaml and .env.example as data, with variables put in as compose does it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from tests.architecture.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMPOSE = ROOT / "docker-compose.yaml"
ENVIRONMENT = ROOT / ".env.example"

# $$, ${NAME}, ${NAME:-default}, ${NAME:?message}
VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\})")


@cache
def document() -> dict[str, Any]:
    """Return the compose file as it is written, anchors resolved and variables not."""
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return loaded


def services() -> dict[str, dict[str, Any]]:
    """Return the compose file's services by name."""
    found: dict[str, dict[str, Any]] = document()["services"]
    return found


def example_environment() -> dict[str, str]:
    """Return the variables of .env.example; what a user has to fill in is empty."""
    lines = ENVIRONMENT.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("=", maxsplit=1) for line in lines if line and not line.startswith("#"))
    return {name: value.strip("'") for name, value in pairs}


def filled_environment() -> dict[str, str]:
    """Return .env.example as a user has filled it in."""
    return {name: value or f"filled{name}" for name, value in example_environment().items()}


def strings(value: Any) -> Iterator[str]:
    """Yield every string value in a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for item in value.values() for text in strings(item))
    elif isinstance(value, list):
        yield from (text for item in value for text in strings(item))


def variables(value: Any) -> Iterator[re.Match[str]]:
    """Yield every variable that a document asks for, as a match of `VARIABLE`."""
    for text in strings(value):
        yield from (match for match in VARIABLE.finditer(text) if match["name"])


def interpolated(value: Any, environment: Mapping[str, str]) -> Any:
    """Return a document with its variables replaced; a mandatory one left empty is a KeyError."""

    def replacement(match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$"
        given = environment.get(match["name"], "")
        if not given and match["kind"] == "?":
            raise KeyError(match["name"])
        return given or (match["rest"] if match["kind"] == "-" else "")

    if isinstance(value, str):
        return VARIABLE.sub(replacement, value)
    if isinstance(value, dict):
        return {key: interpolated(item, environment) for key, item in value.items()}
    if isinstance(value, list):
        return [interpolated(item, environment) for item in value]
    return value
