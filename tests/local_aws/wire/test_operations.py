"""The table of operations."""

from __future__ import annotations

from typing import Any

import pytest

from include.local_aws.wire.operations import Call, DuplicateOperationError, Operations


def handler(call: Call) -> dict[str, Any]:
    """Answer a call with its region."""
    return {"Region": call.region}


def test_an_operation_has_one_handler() -> None:
    """Two resources cannot claim one operation."""
    operations = Operations({"CreateModel": handler})

    with pytest.raises(DuplicateOperationError, match="CreateModel"):
        operations.include({"CreateModel": handler})


def test_find() -> None:
    """An operation that nothing answers is not found."""
    operations = Operations({"CreateModel": handler})

    assert operations.find("CreateModel") is handler
    assert operations.find("DeleteModel") is None
    assert operations.names() == {"CreateModel"}
