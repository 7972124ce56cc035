"""Names of REST operations."""

from __future__ import annotations

import pytest

from include.local_aws.wire.rest_operations import rest_operation


@pytest.mark.parametrize(
    ("service", "method", "path", "operation"),
    [
        ("greengrass", "GET", "/greengrass/v2/components", "ListComponents"),
        ("greengrass", "GET", "/greengrass/groups/abc", "GetGroup"),
        ("greengrass", "DELETE", "/greengrass/v2/components", None),
        ("", "GET", "/greengrass/groups", None),
    ],
)
def test_rest_operation(service: str, method: str, path: str, operation: str | None) -> None:
    """Method and path find the operation among the models of a signing name."""
    assert rest_operation(service, method, path) == operation
