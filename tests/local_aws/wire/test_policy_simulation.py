"""IAM's policy simulator, which the SageMaker SDK asks before it creates a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.local_aws.wire.policy_simulation import simulated

if TYPE_CHECKING:
    from tests.local_aws.account import Account

ROLE = "arn:aws:iam::123456789012:role/sagemaker-execution"
ACTIONS = ["s3:GetObject", "logs:PutLogEvents"]


def test_every_action_is_allowed(control_plane: Account) -> None:
    """The embedded AWS denies nothing, and a client that asks reads so for each action."""
    answer = control_plane.client("iam").simulate_principal_policy(
        PolicySourceArn=ROLE, ActionNames=ACTIONS
    )

    said = {each["EvalActionName"]: each["EvalDecision"] for each in answer["EvaluationResults"]}
    assert said == dict.fromkeys(ACTIONS, "allowed")
    assert answer["IsTruncated"] is False


def test_other_operations_are_left_to_others() -> None:
    """Only the simulator's operations are answered here."""
    assert simulated(b"Action=GetRole&RoleName=none") is None
