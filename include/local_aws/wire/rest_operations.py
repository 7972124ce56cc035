"""The name of a REST operation from its method and path, looked up in botocore's models."""

from __future__ import annotations

import re
from functools import cache

from botocore.loaders import Loader

from include.local_aws.wire.service_models import service_model


@cache
def rest_operation(signing_name: str, method: str, path: str) -> str | None:
    """Return the operation that a REST request calls, or None if no model has it."""
    for service in Loader().list_available_services("service-2"):
        # Services of one signing name share its prefix (greengrass, greengrassv2).
        if signing_name and service.startswith(signing_name):
            for operation in _operations(service):
                if operation[0] == method and operation[1].fullmatch(path):
                    return operation[2]
    return None


@cache
def _operations(service: str) -> list[tuple[str, re.Pattern[str], str]]:
    model = service_model(service)
    found = [(model.operation_model(name).http, name) for name in model.operation_names]
    return [
        (http["method"], _path_pattern(http["requestUri"]), name)
        for http, name in found
        if http.get("requestUri", "/") != "/"
    ]


def _path_pattern(template: str) -> re.Pattern[str]:
    path = re.escape(template.partition("?")[0])
    path = re.sub(r"\\\{[^}]*\\\+\\\}", ".+", path)
    return re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", path))
