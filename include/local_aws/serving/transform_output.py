"""The output object of one input object: assembled on disk, in S3 when it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from include.local_aws.jobs.channels import ChannelFile
    from include.local_aws.s3.store import ObjectStore
    from include.local_aws.serving.payloads import Payload
    from include.local_aws.serving.transform_settings import TransformSettings

_BINARY = "binary/octet-stream"


class TransformOutput:
    """Collects the answers to one object's requests, in order.

    `failure` is why there will be no output object, None as long as all went well.
    """

    def __init__(self, file: ChannelFile, settings: TransformSettings, scratch: Path) -> None:
        self.file = file
        self.failure: str | None = None
        self._settings = settings
        self._path = scratch
        self._content = scratch.open("wb")

    @property
    def name(self) -> str:
        """How logs call the input object."""
        return f"{self.file.stored.bucket}/{self.file.stored.key}"

    def add(self, payload: Payload, response: bytes) -> None:
        """Append the answer to a request.

        Raises `RecordError` or `JsonPathError` if it cannot be joined or filtered.
        """
        joining = self._settings.joining
        if joining is not None and joining.shapes_output:
            for record in joining.to_output(payload.records, response):
                self._content.write(record)
                self._content.write(b"\n")
            return
        self._content.write(response)
        if self._settings.assemble_lines and not response.endswith(b"\n"):
            self._content.write(b"\n")

    def fail(self, reason: str) -> None:
        """Give the output up; the first reason counts."""
        self.failure = self.failure or reason

    def close(self) -> None:
        """Let go of the file."""
        self._content.close()

    def finish(self, store: ObjectStore) -> None:
        """Put the output into S3, unless it failed."""
        self.close()
        if self.failure is None:
            output = self._settings.output
            key = output.below(f"{self.file.name}.out").key
            with self._path.open("rb") as content:
                content_type = self._settings.accept or _BINARY
                store.put(output.bucket, key, content, content_type=content_type)
        self._path.unlink()
