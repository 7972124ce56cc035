"""Records are filtered, joined with their inferences, and filtered again."""

from __future__ import annotations

from typing import Any

import pytest

from include.local_aws.serving.json_path import JsonPathError
from include.local_aws.serving.record_joining import RecordError, RecordJoining

CSV, JSON, LINES = "text/csv", "application/json", "application/jsonlines"


def job(
    content_type: str = CSV, accept: str = CSV, split: str = "Line", **processing: str
) -> dict[str, Any]:
    """Return the part of a CreateTransformJob body that matters here."""
    return {
        "TransformInput": {"ContentType": content_type, "SplitType": split},
        "TransformOutput": {"Accept": accept},
        "DataProcessing": processing,
    }


def joining(*args: str, **processing: str) -> RecordJoining:
    """Return a job's data processing."""
    found = RecordJoining.of_job(job(*args, **processing))
    assert found is not None
    return found


@pytest.mark.parametrize(
    "processing", [{}, {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}]
)
def test_the_defaults_process_nothing(processing: dict[str, str]) -> None:
    """Without a filter or a join records pass through as they are, whatever they are."""
    assert RecordJoining.of_job(job("image/png", "", "None", **processing)) is None


@pytest.mark.parametrize(
    ("content_type", "path", "record", "sent"),
    [
        (CSV, "$[1:]", b"id,1,2\r\n", b"1,2"),
        (CSV, "$[0]", b"7,1", b"7"),
        (CSV, "$[1,0]", b'"a, b",c', b'c,"a, b"'),
        (LINES, "$.features", b'{"id": 1, "features": [1.5, 2]}\n', b"[1.5,2]"),
        (JSON, "$['a']", '{"a": "é"}'.encode(), '"é"'.encode()),
    ],
)
def test_the_input_filter_chooses_what_the_model_gets(
    content_type: str, path: str, record: bytes, sent: bytes
) -> None:
    """The model gets what the InputFilter selects, in the record's own format."""
    assert sent == joining(content_type, InputFilter=path).to_model(record)


def test_csv_records_are_joined_in_order() -> None:
    """A CSV inference is appended to its row; the OutputFilter sees the joined row."""
    both = joining(JoinSource="Input", OutputFilter="$[0,-1]")

    assert both.to_output([b"a,1,2\n", b'"b,b",3,4\n'], b"0.5\n0.25\n") == [b"a,0.5", b'"b,b",0.25']


def test_json_objects_get_their_inference_as_an_attribute() -> None:
    """A joined JSON object has SageMakerOutput; anything else goes under SageMakerInput."""
    both = joining(LINES, LINES, JoinSource="Input")

    assert both.to_output([b'{"id": 1}\n', b"[1, 2]\n"], b'{"p": 0.5}\n{"p": 1}\n') == [
        b'{"id":1,"SageMakerOutput":{"p":0.5}}',
        b'{"SageMakerInput":[1,2],"SageMakerOutput":{"p":1}}',
    ]


def test_a_json_document_is_one_record() -> None:
    """With Accept application/json the whole response belongs to the one record."""
    both = joining(JSON, JSON, "None", JoinSource="Input", OutputFilter="$['id','SageMakerOutput']")

    assert both.to_output([b'{"id": 1, "x": 2}'], b"[\n0.5\n]") == [
        b'{"id":1,"SageMakerOutput":[0.5]}'
    ]


def test_the_output_filter_alone_sees_the_inference() -> None:
    """Without a join the OutputFilter selects from the inference."""
    alone = joining("image/png", CSV, OutputFilter="$[1]")

    assert alone.to_output([], b"1,2\n3,4\n") == [b"2", b"4"]


def test_a_join_needs_one_inference_for_each_record() -> None:
    """Fewer or more answers than records cannot be joined."""
    with pytest.raises(RecordError, match="answered 1 records to 2"):
        joining(JoinSource="Input").to_output([b"1\n", b"2\n"], b"0.5\n")


def test_json_documents_are_joined_one_by_one() -> None:
    """One JSON document cannot answer several records; the error says what to do."""
    with pytest.raises(RecordError, match="SingleRecord"):
        joining(JSON, JSON, JoinSource="Input").to_output([b"{}", b"{}"], b"{}")


@pytest.mark.parametrize(
    ("content_type", "record"), [(LINES, b"{nonsense\n"), (CSV, b'"open\n'), (CSV, b"\xff\n")]
)
def test_a_record_that_is_not_what_it_should_be_is_an_error(
    content_type: str, record: bytes
) -> None:
    """A record that cannot be read is refused with its beginning."""
    path = "$[0]" if content_type == CSV else "$.a"
    with pytest.raises(RecordError, match=f"Not {content_type}"):
        joining(content_type, InputFilter=path).to_model(record)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (job("image/png", InputFilter="$[0]"), "ContentType"),
        (job("", InputFilter="$[0]"), "not set"),
        (job(CSV, "image/png", JoinSource="Input"), "Accept"),
        (job(CSV, LINES, JoinSource="Input"), "cannot join"),
        (job(CSV, CSV, "None", JoinSource="Input"), "SplitType Line"),
    ],
)
def test_formats_that_cannot_be_processed_are_refused(body: dict[str, Any], reason: str) -> None:
    """Data processing needs CSV, JSON or JSON Lines on the sides it touches."""
    with pytest.raises(RecordError, match=reason):
        RecordJoining.of_job(body)


def test_a_bad_filter_is_refused_when_the_job_is_read() -> None:
    """A filter that is no JSONPath fails the job before it starts."""
    with pytest.raises(JsonPathError):
        RecordJoining.of_job(job(InputFilter="$..x"))
