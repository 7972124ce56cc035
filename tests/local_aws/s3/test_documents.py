"""S3's XML documents, against botocore's own reader and writer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import given
from hypothesis import strategies as st

from include.local_aws.s3.bad_requests import MalformedXml
from include.local_aws.s3.documents import parse_document, write_document
from include.local_aws.wire.service_models import service_model
from tests.local_aws.s3.steady import STEADY

if TYPE_CHECKING:
    from botocore.model import StructureShape

MODEL = service_model("s3")
TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc", "Cn"]), max_size=20)


def shape(name: str) -> StructureShape:
    """Return a structure of the model."""
    return cast("StructureShape", MODEL.shape_for(name))


def as_boto3_reads(operation: str, document: bytes) -> dict[str, Any]:
    """Parse a response body as boto3 does."""
    response = {"status_code": 200, "headers": {}, "body": document}
    output = MODEL.operation_model(operation).output_shape
    parsed: dict[str, Any] = create_parser("rest-xml").parse(response, output)
    del parsed["ResponseMetadata"]
    return parsed


@STEADY
@given(st.lists(st.tuples(TEXT, TEXT), max_size=4))
def test_boto3_reads_what_is_written(tags: list[tuple[str, str]]) -> None:
    """Any text comes through, in a list of structures."""
    value = {"TagSet": [{"Key": key, "Value": text} for key, text in tags]}
    document = write_document("Tagging", value, shape("GetObjectTaggingOutput"))
    assert as_boto3_reads("GetObjectTagging", document) == value


def test_boto3_reads_every_kind_of_value() -> None:
    """Flat lists, wrapped lists, booleans, numbers, moments, attributes and missing members."""
    when = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    listing = {
        "IsTruncated": False,
        "MaxKeys": 7,
        "Contents": [{"Key": "a\n\r\t&<>\"'", "LastModified": when, "Size": 2**40}],
        "CommonPrefixes": [{"Prefix": "p/"}, {"Prefix": "q/"}],
        "Delimiter": None,
    }
    document = write_document("ListBucketResult", listing, shape("ListObjectsV2Output"))
    listing["Contents"] = [{**cast("Any", listing["Contents"])[0]}]
    found = as_boto3_reads("ListObjectsV2", document)
    assert found["Contents"][0]["LastModified"] == when.replace(microsecond=0)
    assert found["Contents"][0]["Key"] == "a\n\r\t&<>\"'"
    assert found["Contents"][0]["Size"] == 2**40
    assert found["IsTruncated"] is False
    assert found["MaxKeys"] == 7
    assert found["CommonPrefixes"] == listing["CommonPrefixes"]
    assert "Delimiter" not in found
    grants = {
        "Owner": {"ID": "1"},
        "Grants": [{"Grantee": {"Type": "CanonicalUser", "ID": "1"}, "Permission": "READ"}],
    }
    document = write_document("AccessControlPolicy", grants, shape("GetBucketAclOutput"))
    assert as_boto3_reads("GetBucketAcl", document) == grants


@STEADY
@given(
    objects=st.lists(st.tuples(TEXT.filter(bool), st.one_of(st.none(), TEXT)), max_size=4),
    quiet=st.booleans(),
)
def test_what_boto3_writes_is_read(objects: list[tuple[str, str | None]], *, quiet: bool) -> None:
    """A request's document comes out as the caller gave it."""
    entries = [{"Key": key} | ({"ETag": etag} if etag is not None else {}) for key, etag in objects]
    value = {"Objects": entries, "Quiet": quiet}
    request = create_serializer("rest-xml").serialize_to_request(
        {"Bucket": "b", "Delete": value}, MODEL.operation_model("DeleteObjects")
    )
    expected = value if objects else {"Quiet": quiet}
    assert parse_document(request["body"], shape("Delete")) == expected


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<Delete>",
        b"no xml",
        b"<Delete><Quiet>true</Quiet></Delete",
        b'<!DOCTYPE x [<!ENTITY a "b">]><Delete><Object><Key>&a;</Key></Object></Delete>',
    ],
)
def test_what_is_no_document_is_refused(document: bytes) -> None:
    """XML that is not well-formed is malformed, and so is any that declares entities."""
    with pytest.raises(MalformedXml):
        parse_document(document, shape("Delete"))


def test_a_number_has_to_be_one() -> None:
    """A text where the schema wants a number does not fit the schema."""
    with pytest.raises(MalformedXml):
        parse_document(
            b"<C><Part><PartNumber>one</PartNumber></Part></C>", shape("CompletedMultipartUpload")
        )
