"""What a Dag and a worker tell a triggerer survives being stored."""

from __future__ import annotations

import json

from airflow_sagemaker.bodies.request_policy import Guard
from airflow_sagemaker.bodies.security import Security
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.decisions.job_tags import Owner
from airflow_sagemaker.triggers.job_order import Handover, JobOrder

ORDER = JobOrder(
    kind="training",
    identity=Identity(namespace="ours", slug="train"),
    guard=Guard(
        role_arn="arn:x",
        security=Security(subnets=("subnet-1",), security_group_ids=("sg-1",)),
        tags={"team": "a"},
        require=("vpc", "role"),
    ),
    secret_names=("PASSWORD",),
    prices={"ml.m5.large": 0.1},
)


def test_an_order_can_be_read_back() -> None:
    """As JSON, tuples and all."""
    read = JobOrder.from_dict(json.loads(json.dumps(ORDER.to_dict())))

    assert read.guard == ORDER.guard
    assert read.identity == ORDER.identity
    assert read.to_dict() == {**ORDER.to_dict(), "secret_names": ["PASSWORD"]}


def test_what_an_earlier_version_did_not_tell_has_its_default() -> None:
    """An upgrade meets triggers of the version before."""
    assert JobOrder.from_dict({"kind": "training"}) == JobOrder(kind="training")


def test_what_is_as_by_default_is_not_told() -> None:
    """Airflow stores an order with every task, and reads them all for every trigger."""
    assert JobOrder(kind="training", print_log=False).to_dict() == {
        "kind": "training",
        "print_log": False,
    }


def test_a_handover_can_be_read_back() -> None:
    """With the task it is of."""
    handover = Handover(
        owner=Owner(dag_id="d", run_id="r", task_id="t", map_index=3),
        try_number=2,
        series=None,
        fingerprint="1:a",
        is_backfill=True,
        work_left=["outlets"],
        waits_here=True,
        hold_seconds=1.5,
    )

    assert Handover.from_dict(json.loads(json.dumps(handover.to_dict()))) == handover
