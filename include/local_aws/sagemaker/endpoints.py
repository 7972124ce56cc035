"""Endpoints: models that answer requests, and which version of them does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.local_aws.sagemaker import endpoint_document as document
from include.local_aws.sagemaker.arns import arn
from include.local_aws.sagemaker.endpoint_deployments import KIND, EndpointDeployments
from include.local_aws.sagemaker.endpoint_plans import (
    ModelCatalog,
    check_deployment_config,
    plan_deployment,
    retain_properties,
)
from include.local_aws.sagemaker.endpoint_update_faults import EndpointUpdateFaults
from include.local_aws.sagemaker.shapes import output_members, pick, summary_members
from include.local_aws.sagemaker.tags import Tags, check_tags
from include.local_aws.serving.fleet import EndpointId
from include.local_aws.state.clock import now
from include.local_aws.state.listing import Listed, page_of
from include.local_aws.state.records import AlreadyExistsError, NotFoundError, Records
from include.local_aws.wire.errors import AwsError, validation_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from include.local_aws.serving.fleet import Fleet
    from include.local_aws.settings import Transitions
    from include.local_aws.wire.operations import Call, Handler

_LISTED = Listed(name="EndpointName", status="EndpointStatus", descending=True)


class Endpoints:
    """The endpoints' operations.

    Call `resume` once, when the records are open and model containers can reach the endpoint URL:
    it brings the endpoints of an earlier process back in the background. `Fleet.shutdown` ends
    their servers. The errors are AWS's as seen in the wild (research note on endpoint semantics).
    """

    def __init__(
        self,
        records: Records,
        tags: Tags,
        fleet: Fleet,
        transitions: Transitions,
        faults: EndpointUpdateFaults | None = None,
    ) -> None:
        self._records = records
        self._tags = tags
        self._catalog = ModelCatalog(records)
        self._deployments = EndpointDeployments(
            records,
            fleet,
            tags,
            transitions=transitions,
            faults=faults or EndpointUpdateFaults(),
        )

    def operations(self) -> dict[str, Handler]:
        """Return the operations."""
        return {
            "CreateEndpoint": self._create,
            "UpdateEndpoint": self._update,
            "UpdateEndpointWeightsAndCapacities": self._update_weights,
            "DeleteEndpoint": self._delete,
            "DescribeEndpoint": self._describe,
            "ListEndpoints": self._list,
        }

    def resume(self) -> None:
        """Serve the endpoints of an earlier process again, and finish what it had begun."""
        self._deployments.resume()

    def _create(self, call: Call) -> dict[str, Any]:
        body, name = call.parameters, call.parameters["EndpointName"]
        endpoint_arn = arn(call.region, KIND, name)
        check_deployment_config(body.get("DeploymentConfig", {}))
        check_tags(body.get("Tags"))
        if self._records.get(KIND, call.region, name) is not None:
            raise _already_exists(endpoint_arn)
        plan = self._plan(call)
        description = document.created(
            endpoint_arn, name, plan, body.get("DeploymentConfig"), now()
        )
        with self._records.together():  # its first event has its tags
            try:
                self._records.create(KIND, call.region, name, description)
            except AlreadyExistsError as error:
                raise _already_exists(endpoint_arn) from error
            self._tags.register(endpoint_arn, body.get("Tags"))
        self._deployments.deploy(EndpointId(call.region, name))
        return {"EndpointArn": endpoint_arn}

    def _update(self, call: Call) -> dict[str, Any]:
        body, name = call.parameters, call.parameters["EndpointName"]
        check_deployment_config(body.get("DeploymentConfig", {}))
        self._get(call)
        plan = self._plan(call)
        excluded = {
            excluded["VariantPropertyType"]
            for excluded in body.get("ExcludeRetainedVariantProperties", [])
        }

        def begin(description: dict[str, Any]) -> None:
            _require_updatable(description)
            config = body.get("DeploymentConfig")
            if body.get("RetainDeploymentConfig"):
                config = description.get("LastDeploymentConfig")
            wanted = plan
            if body.get("RetainAllVariantProperties"):
                wanted = retain_properties(plan, description, excluded)
            document.begin_deployment(description, wanted, config, now())

        self._change(call, begin)
        self._deployments.deploy(EndpointId(call.region, name))
        return {"EndpointArn": arn(call.region, KIND, name)}

    def _update_weights(self, call: Call) -> dict[str, Any]:
        wanted = call.parameters["DesiredWeightsAndCapacities"]
        changes = {change["VariantName"]: change for change in wanted}
        if len(changes) < len(wanted):
            raise validation_error("A variant name was non-unique within the request.")
        if any("ServerlessUpdateConfig" in change for change in wanted):
            raise validation_error("The embedded AWS does not implement ServerlessUpdateConfig")

        def begin(description: dict[str, Any]) -> None:
            _require_updatable(description)
            _require_variants(description, set(changes))
            document.set_desired(description, changes, now())

        self._change(call, begin)
        name = call.parameters["EndpointName"]
        self._deployments.settle(EndpointId(call.region, name))
        return {"EndpointArn": arn(call.region, KIND, name)}

    def _delete(self, call: Call) -> dict[str, Any]:
        def begin(description: dict[str, Any]) -> None:
            _require_at_rest(description)
            document.deleting(description, now())

        self._change(call, begin)
        self._deployments.delete(EndpointId(call.region, call.parameters["EndpointName"]))
        return {}

    def _describe(self, call: Call) -> dict[str, Any]:
        return pick(self._get(call), output_members("DescribeEndpoint"))

    def _list(self, call: Call) -> dict[str, Any]:
        page = page_of(self._records.views(KIND, call.region), call.parameters, _LISTED)
        members = summary_members("ListEndpoints", "Endpoints")
        return page.answer("Endpoints", lambda endpoint: pick(endpoint, members))

    def _plan(self, call: Call) -> Any:
        name = call.parameters["EndpointConfigName"]
        return plan_deployment(self._records, call.region, name, self._catalog)

    def _get(self, call: Call) -> dict[str, Any]:
        name = call.parameters["EndpointName"]
        description = self._records.get(KIND, call.region, name)
        if description is None:
            raise _not_found(call.region, name)
        return description

    def _change(self, call: Call, change: Callable[[dict[str, Any]], None]) -> None:
        name = call.parameters["EndpointName"]
        try:
            self._records.update(KIND, call.region, name, change)
        except NotFoundError as error:
            raise _not_found(call.region, name) from error


def _not_found(region: str, name: str) -> AwsError:
    return validation_error(f'Could not find endpoint "{arn(region, KIND, name)}".')


def _already_exists(endpoint_arn: str) -> AwsError:
    return validation_error(f'Cannot create already existing endpoint "{endpoint_arn}".')


def _require_at_rest(description: Mapping[str, Any]) -> None:
    if description["EndpointStatus"] in document.IN_PROGRESS:
        endpoint_arn = description["EndpointArn"]
        raise validation_error(f'Cannot update in-progress endpoint "{endpoint_arn}".')


def _require_updatable(description: Mapping[str, Any]) -> None:
    _require_at_rest(description)
    if description["EndpointStatus"] == "Failed":
        raise validation_error(
            f'Cannot update failed endpoint "{description["EndpointArn"]}": '
            "DeleteEndpoint is the only operation on it."
        )


def _require_variants(description: Mapping[str, Any], names: set[str]) -> None:
    known = {summary["VariantName"] for summary in description["ProductionVariants"]}
    if unknown := sorted(names - known):
        raise validation_error(
            f'The variant name(s) "{", ".join(unknown)}" is/are not present within endpoint '
            f'configuration "{description["EndpointConfigName"]}".'
        )
