"""S3's XML documents, read and written by the shapes of botocore's service model."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from botocore.model import ListShape, Shape, StructureShape

from include.local_aws.s3.bad_requests import MalformedXml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

_CONTROL = re.compile("[\x00-\x1f\x7f]")
_READERS: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "long": int,
    "boolean": lambda text: text.strip() == "true",
    "timestamp": datetime.fromisoformat,
}


def parse_document(text: bytes, shape: Shape) -> dict[str, Any]:
    """Read a document of a structure shape; raise `MalformedXml` if it does not fit."""
    if b"<!DOCTYPE" in text:
        raise MalformedXml
    try:
        value = _read(ET.fromstring(text), shape)  # noqa: S314 - entities are refused above
    except (ET.ParseError, ValueError) as error:
        raise MalformedXml from error
    if not isinstance(value, dict):
        raise MalformedXml
    return value


def _read(node: ET.Element, shape: Shape) -> Any:
    if isinstance(shape, StructureShape):
        return dict(_read_members(node, shape))
    if isinstance(shape, ListShape):
        return [_read(child, shape.member) for child in node]
    return _READERS.get(shape.type_name, str)(node.text or "")


def _read_members(node: ET.Element, shape: StructureShape) -> Iterator[tuple[str, Any]]:
    children: dict[str, list[ET.Element]] = {}
    for child in node:
        children.setdefault(child.tag.rpartition("}")[2], []).append(child)
    for name, member in shape.members.items():
        found = children.get(element_name(name, member))
        if not found:
            continue
        if isinstance(member, ListShape) and _is_flat(member):
            yield name, [_read(child, member.member) for child in found]
        else:
            yield name, _read(found[0], member)


def write_document(root: str, value: Mapping[str, Any], shape: StructureShape) -> bytes:
    """Write a document of a structure shape under a root element."""
    body = "".join(_write_members(value, shape))
    return f'{DECLARATION}<{root} xmlns="{NAMESPACE}">{body}</{root}>'.encode()


def _write_members(value: Mapping[str, Any], shape: StructureShape) -> Iterator[str]:
    for name, member in shape.members.items():
        inside = not member.serialization.get("location")
        if inside and not _is_attribute(member) and value.get(name) is not None:
            yield from _write(element_name(name, member), value[name], member)


def _write(tag: str, value: Any, shape: Shape) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        body = "".join(_write_members(value, shape))
        yield f"<{tag}{''.join(_attributes(value, shape))}>{body}</{tag}>"
    elif isinstance(shape, ListShape):
        item_tag = tag if _is_flat(shape) else shape.member.serialization.get("name", "member")
        items = "".join(text for item in value for text in _write(item_tag, item, shape.member))
        yield items if _is_flat(shape) else f"<{tag}>{items}</{tag}>"
    else:
        yield f"<{tag}>{text_of(_scalar(value))}</{tag}>"


def _attributes(value: Mapping[str, Any], shape: StructureShape) -> Iterator[str]:
    for name, member in shape.members.items():
        if _is_attribute(member) and name in value:
            space = shape.serialization.get("xmlNamespace", {})
            if space:
                yield f" xmlns:{space['prefix']}={quoteattr(space['uri'])}"
            yield f" {member.serialization['name']}={quoteattr(value[name])}"


def text_of(text: str) -> str:
    """Return a text as it stands in a document; control characters are written as references."""
    return _CONTROL.sub(lambda match: f"&#{ord(match[0])};", escape(text))


def element_name(name: str, shape: Shape) -> str:
    """Return the element of a structure's member; a flat list's items carry the list's own."""
    if isinstance(shape, ListShape) and _is_flat(shape):
        own: str | None = shape.member.serialization.get("name")
        if own:
            return own
    given: str = shape.serialization.get("name", name)
    return given


def _is_flat(shape: Shape) -> bool:
    return bool(shape.serialization.get("flattened"))


def _is_attribute(shape: Shape) -> bool:
    return bool(shape.serialization.get("xmlAttribute"))


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return str(value)
