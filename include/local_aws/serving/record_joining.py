"""What `DataProcessing` does to records: filter them, join their inferences, filter the result."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.local_aws.serving.json_path import JsonPath

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OUTPUT_KEY, INPUT_KEY = "SageMakerOutput", "SageMakerInput"
_CSV = frozenset({"text/csv"})
_JSON = frozenset({"application/json"})
_JSON_LINES = frozenset({"application/jsonlines", "application/x-jsonlines"})


class RecordError(Exception):
    """A record, or the model's answer to it, does not fit the job's data processing."""


@dataclass(frozen=True, kw_only=True)
class RecordJoining:
    """The data processing of one transform job.

    :param input_filter: What of each input record goes to the model.
    :param output_filter: What of each joined record goes to the output.
    :param join: Join the input record and its inference; else the output is the inference alone.
    :param input_type: Media type of the input records, `text/csv`, `application/json` or
        `application/jsonlines`.
    :param output_type: Media type of the inferences.
    """

    input_filter: JsonPath
    output_filter: JsonPath
    join: bool
    input_type: str
    output_type: str

    @classmethod
    def of_job(cls, body: Mapping[str, Any]) -> RecordJoining | None:
        """Read a CreateTransformJob body; None if records pass through as they are.

        Raises `JsonPathError` for a filter, `RecordError` for formats that cannot be processed.
        """
        wanted = body.get("DataProcessing", {})
        joining = cls(
            input_filter=JsonPath.parse(wanted.get("InputFilter", "$")),
            output_filter=JsonPath.parse(wanted.get("OutputFilter", "$")),
            join=wanted.get("JoinSource", "None") == "Input",
            input_type=_media_type(body["TransformInput"].get("ContentType", "")),
            output_type=_media_type(body["TransformOutput"].get("Accept", "")),
        )
        if not joining.filters_input and not joining.shapes_output:
            return None
        joining.check(split=body["TransformInput"].get("SplitType", "None") == "Line")
        return joining

    @property
    def filters_input(self) -> bool:
        """Whether the model gets less than the record."""
        return not self.input_filter.is_root

    @property
    def shapes_output(self) -> bool:
        """Whether the output is more or less than the model's answers."""
        return self.join or not self.output_filter.is_root

    def check(self, *, split: bool) -> None:
        """Raise `RecordError` if these formats cannot be filtered and joined."""
        known = _CSV | _JSON | _JSON_LINES
        needed = {"ContentType": self.input_type} if self.filters_input or self.join else {}
        needed |= {"Accept": self.output_type} if self.shapes_output else {}
        for name, media_type in needed.items():
            if media_type not in known:
                raise RecordError(
                    f"DataProcessing needs {name} to be one of {', '.join(sorted(known))}; "
                    f"it is {media_type or 'not set'}"
                )
        if self.join and (self.input_type in _CSV) != (self.output_type in _CSV):
            raise RecordError(
                f"JoinSource Input cannot join {self.input_type} with {self.output_type}: "
                "use the same format for ContentType and Accept"
            )
        if not split and set(needed.values()) - _JSON:
            raise RecordError("DataProcessing of CSV or JSON Lines needs SplitType Line")

    def to_model(self, record: bytes) -> bytes:
        """Return what of a record the model gets."""
        if not self.filters_input:
            return record
        selected = self.input_filter.select(_decode(record, self.input_type))
        return _encode(selected, self.input_type)

    def to_output(self, records: Sequence[bytes], response: bytes) -> list[bytes]:
        """Return the output's records, in order, from a request's records and its response.

        Raises `RecordError` if the response does not have one inference for each record.
        """
        inferences = self._inferences(response, len(records))
        if self.join and len(inferences) != len(records):
            raise RecordError(
                f"The model answered {len(inferences)} records to {len(records)}; "
                "JoinSource Input needs one for each"
            )
        values = [_decode(inference, self.output_type) for inference in inferences]
        if self.join:
            values = [
                self._joined(record, value) for record, value in zip(records, values, strict=True)
            ]
        return [_encode(self.output_filter.select(value), self.output_type) for value in values]

    def _inferences(self, response: bytes, count: int) -> list[bytes]:
        if self.output_type not in _JSON:
            return [line for line in response.splitlines() if line.strip()]
        if count > 1:
            raise RecordError(
                "A request's records are joined one by one: with Accept application/json use "
                "BatchStrategy SingleRecord, or application/jsonlines"
            )
        return [response]

    def _joined(self, record: bytes, inference: Any) -> Any:
        given = _decode(record, self.input_type)
        if self.output_type in _CSV:
            return [*given, *inference]
        if isinstance(given, dict):
            return {**given, OUTPUT_KEY: inference}
        return {INPUT_KEY: given, OUTPUT_KEY: inference}


def _media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()


def _decode(record: bytes, media_type: str) -> Any:
    try:
        if media_type not in _CSV:
            return json.loads(record)
        rows = list(csv.reader([record.decode().rstrip("\r\n")], strict=True))
    except (ValueError, csv.Error) as error:
        raise RecordError(f"Not {media_type}: {error}: {record[:200]!r}") from error
    return rows[0] if rows else []


def _encode(value: Any, media_type: str) -> bytes:
    if media_type not in _CSV:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(value if isinstance(value, list) else [value])
    return text.getvalue().encode()
