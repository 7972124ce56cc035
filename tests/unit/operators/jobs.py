"""Requests for jobs that do what their environment says, and a code folder for them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.resources import Resources
from airflow_sagemaker.bodies.tags import NAMESPACE_TAG
from airflow_sagemaker.hooks.job_code import JobCode
from tests.local_aws.account import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.local_aws.account import Account

RESOURCES = Resources(instance_type="ml.m5.large", instance_count="{{ 1 + 1 }}")
TAGS = {NAMESPACE_TAG: "ours"}


def write_code(tmp_path: Path, bucket: str) -> JobCode:
    """Write a code folder; gives where it will be published."""
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "train.py").write_text("print(1)\n", encoding="utf-8")
    return JobCode(tmp_path / "jobs", bucket, "art")


def stop_when_running(account: Account, kind: str, slug: str) -> threading.Thread:
    """Stop the one job of this kind that has the slug in its name, as a person would."""
    client = account.client("sagemaker")
    lister: Callable[..., Any] = getattr(client, f"list_{kind}_jobs")
    stopper: Callable[..., Any] = getattr(client, f"stop_{kind}_job")
    noun = kind.capitalize()

    def stop() -> None:
        def running() -> Any:
            found = lister(NameContains=slug)[f"{noun}JobSummaries"]
            return found[0][f"{noun}JobName"] if found else None

        stopper(**{f"{noun}JobName": wait_until(running, "the job")})

    thread = threading.Thread(target=stop, daemon=True)
    thread.start()
    return thread
