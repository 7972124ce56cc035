"""Rules are put in force, looked at and removed over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.local_aws.account import Account
    from tests.local_aws.side_door import SideDoor

RULE: dict[str, Any] = {"operation": "ListModels", "error": {"code": "ThrottlingException"}}


def test_rules_are_added_listed_and_removed(control_plane: Account, faults: SideDoor) -> None:
    """Each is told as it was given, with what it was held against and what it struck."""
    status, added = faults.call("POST", "faults", {"rules": [{**RULE, "calls": 1}, RULE]})
    first, second = (rule["id"] for rule in added["rules"])
    for _ in range(2):
        with pytest.raises(ClientError):
            control_plane.client("sagemaker").list_models()

    listed = faults.call("GET", "faults")
    removed = faults.call("DELETE", f"faults/{first}")
    left = faults.call("GET", "faults")[1]["rules"]
    cleared = faults.call("DELETE", "faults")[1]["rules"]

    assert status == 201
    assert listed == (
        200,
        {
            "rules": [
                {**RULE, "calls": 1, "id": first, "seen": 2, "hits": 1},
                {**RULE, "id": second, "seen": 1, "hits": 1},
            ]
        },
    )
    assert removed[1]["rules"] == listed[1]["rules"][:1]
    assert left == cleared == listed[1]["rules"][1:]
    assert control_plane.client("sagemaker").list_models()["Models"] is not None


@pytest.mark.parametrize(
    ("called", "document", "status", "text"),
    [
        ("POST faults", {"latency": 1}, 400, "a rule has no latency"),
        ("POST faults", [], 400, "must be a JSON object"),
        ("POST faults", {"rules": {}}, 400, "rules must be a list"),
        ("DELETE faults/fault-0", None, 404, "no fault rule fault-0"),
        ("POST interruptions", {"training_job": "nobody"}, 404, "No training job nobody"),
        ("POST interruptions", {"job": "a"}, 400, "an interruption has no job"),
        ("POST interruptions", {}, 400, "needs the name of a training_job"),
        ("GET elsewhere", None, 404, "has no GET /_local_aws/elsewhere"),
    ],
)
def test_what_cannot_be_done_is_named(
    faults: SideDoor, called: str, document: Any, status: int, text: str
) -> None:
    """The status and the message say so, and no rule is added."""
    method, path = called.split()

    answered, body = faults.call(method, path, document)

    assert answered == status
    assert text in body["message"]
    assert faults.call("GET", "faults")[1] == {"rules": []}


def test_one_unreadable_rule_keeps_the_others_out(faults: SideDoor) -> None:
    """Rules are added together or not at all."""
    status, _ = faults.call("POST", "faults", {"rules": [RULE, {"drop": "sometimes"}]})

    assert status == 400
    assert faults.call("GET", "faults")[1] == {"rules": []}


def test_a_signed_request_does_not_find_it(control_plane: Account) -> None:
    """To an AWS client it is a key like any other, in a bucket that there cannot be."""
    s3 = control_plane.client("s3")

    with pytest.raises(ClientError, match=r"404|NoSuchBucket|InvalidBucketName"):
        s3._make_api_call("GetObject", {"Bucket": "_local_aws", "Key": "faults"})
