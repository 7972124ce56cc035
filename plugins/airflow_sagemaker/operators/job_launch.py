"""What the job operators share: a job's name and tags, and what may be reported of its end."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.tags import tag_list
from airflow_sagemaker.exceptions import JobNotCompletedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

    from airflow_sagemaker.decisions.identity import Identity

_UNFIT_IN_TAG = re.compile(r"[^\w .:/=+\-@]")


def launch_body(
    body: Mapping[str, Any], *, name_key: str, identity: Identity, context: Context
) -> dict[str, Any]:
    """Complete a rendered request by a name, from Dag, run, task, map index and try, and by tags.

    :param name_key: the request's name field: `TrainingJobName`
    """
    complete = copy.deepcopy(dict(body))
    ti = context["ti"]
    parts = (ti.dag_id, ti.run_id, ti.task_id, str(ti.map_index), str(ti.try_number))
    complete[name_key] = identity.job_name(*parts)
    run_tags = {
        "airflow:dag_id": ti.dag_id,
        "airflow:run_id": ti.run_id,
        "airflow:task_id": ti.task_id,
    }
    complete["Tags"] = [
        *complete.get("Tags", []),
        *tag_list({key: _UNFIT_IN_TAG.sub("_", value) for key, value in run_tags.items()}),
    ]
    return complete


def require_completed(kind: str, name: str, status: str, reason: str | None) -> None:
    """Insist that a job completed; a job that somebody stopped is not a success.

    :raises JobNotCompletedError: if it ended otherwise
    """
    if status != "Completed":
        raise JobNotCompletedError(
            f"{kind} {name} ended as {status}: {reason or 'no reason given'}; "
            "see its log group in CloudWatch, then clear this task to run it again"
        )
