"""What creating and deleting models and endpoint configs have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_sagemaker.bodies.request_policy import Guard, guarded
from airflow_sagemaker.hooks.hosting import HostingHook
from airflow_sagemaker.hooks.image_uris import with_image_uris
from airflow_sagemaker.hooks.request_values import coerced, require_valid
from airflow_sagemaker.hooks.secret_values import resolved
from airflow_sagemaker.links.extra_links import CONSOLE
from airflow_sagemaker.operators.connected_operator import ConnectedOperator
from airflow_sagemaker.operators.outlet_events import announce

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

    from airflow_sagemaker.bodies.hosting_kinds import HostingKind


class HostingResourceOperator(ConnectedOperator):
    """Create a hosting resource unless one of its name and content is there.

    So a retry finds what the try before has made; one of another content is an error.

    :param body: the kind's Create request as boto3 takes it (templated)
    :param guard: what the team puts into requests and demands of them
    """

    kind: ClassVar[HostingKind]
    template_fields: Sequence[str] = (*ConnectedOperator.template_fields, "body")
    template_fields_renderers = {"body": "json"}  # noqa: RUF012 - as in Airflow's own
    operator_extra_links = (CONSOLE,)

    def __init__(
        self, *, body: Mapping[str, Any], guard: Guard | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.body = body
        self.guard = guard

    def execute(self, context: Context) -> dict[str, Any]:
        """Create it; gives its name and ARN, and whether it was new."""
        self.link_urls = {}
        connection, operation = self.connection(), self.kind.api_name("Create")
        fitted = coerced(operation, self.body)
        logical = guarded(fitted, self.kind, self.guard or Guard())
        complete = with_image_uris(logical, connection)
        require_valid(operation, complete)
        hosting = HostingHook(connection)
        is_new = hosting.ensure(self.kind, resolved(complete, connection))
        name = complete[self.kind.name_key]
        found = hosting.describe(self.kind, name) or {}
        page = self.pages(connection).sagemaker(self.kind.page(name))
        self.offer_links(context, {CONSOLE.xcom_key: page})
        result = {
            f"{self.kind.key}_name": name,
            "arn": found.get(self.kind.arn_key),
            "is_new": is_new,
        }
        announce(context, self.outlets, result, None)
        return result


class HostingResourceDeleteOperator(ConnectedOperator):
    """Delete a hosting resource; one that is not there is no error.

    :param resource_name: its name (templated)
    """

    kind: ClassVar[HostingKind]
    template_fields: Sequence[str] = (*ConnectedOperator.template_fields, "resource_name")
    operator_extra_links = (CONSOLE,)

    def __init__(self, *, resource_name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.resource_name = resource_name

    def execute(self, context: Context) -> dict[str, Any]:
        """Delete it; gives its name, and whether it was there."""
        connection = self.connection()
        page = self.pages(connection).sagemaker(self.kind.page(self.resource_name))
        self.offer_links(context, {CONSOLE.xcom_key: page})
        was_there = HostingHook(connection).delete(self.kind, self.resource_name)
        return {f"{self.kind.key}_name": self.resource_name, "deleted": was_there}
