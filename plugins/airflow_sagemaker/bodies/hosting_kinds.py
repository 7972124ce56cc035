"""Models, endpoint configs and endpoints: what their calls, fields and places are called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAKEN_TEXT = re.compile(r"cannot create already existing", re.IGNORECASE)
_UNKNOWN_TEXT = re.compile(r"could not find|not found|does not exist", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class HostingKind:
    """One kind of hosting resource; the parameters are as in `JobKind`."""

    key: str
    label: str
    resource: str
    snake: str
    console_path: str
    name_limit: int = 63

    @property
    def create_operation(self) -> str:
        """Boto3's method that makes one."""
        return f"create_{self.snake}"

    @property
    def describe_operation(self) -> str:
        """Boto3's method that describes one."""
        return f"describe_{self.snake}"

    @property
    def delete_operation(self) -> str:
        """Boto3's method that deletes one."""
        return f"delete_{self.snake}"

    @property
    def name_key(self) -> str:
        """Field with its name."""
        return f"{self.resource}Name"

    @property
    def arn_key(self) -> str:
        """Field with its ARN."""
        return f"{self.resource}Arn"

    def api_name(self, verb: str) -> str:
        """Give the API's name of a call: `CreateModel` for `Create`."""
        return f"{verb}{self.resource}"

    def page(self, name: str) -> str:
        """Give its page below the console's `/sagemaker/home?region=…`."""
        return self.console_path.format(name=name)

    def is_name_taken(self, code: str, message: str) -> bool:
        """Tell whether a Create call failed because one of that name is there.

        The API's model declares no error for it; AWS answers `ValidationException`.
        """
        return code == "ValidationException" and _TAKEN_TEXT.search(message) is not None

    def is_unknown(self, code: str, message: str) -> bool:
        """Tell whether a call failed because there is no such resource."""
        return code == "ValidationException" and _UNKNOWN_TEXT.search(message) is not None


MODEL = HostingKind(
    key="model",
    label="model",
    resource="Model",
    snake="model",
    console_path="#/models/{name}",
)
ENDPOINT_CONFIG = HostingKind(
    key="endpoint_config",
    label="endpoint config",
    resource="EndpointConfig",
    snake="endpoint_config",
    console_path="#/endpointConfig/{name}",
)
ENDPOINT = HostingKind(
    key="endpoint",
    label="endpoint",
    resource="Endpoint",
    snake="endpoint",
    console_path="#/endpoints/{name}",
)

HOSTING_KINDS: Mapping[str, HostingKind] = MappingProxyType(
    {kind.key: kind for kind in (MODEL, ENDPOINT_CONFIG, ENDPOINT)}
)
"""Every kind by its key."""
