"""The environment of a job's process: what SageMaker gives and the user's own, nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.local_aws.jobs.contract import JobRequest
    from include.local_aws.jobs.images import Runtime

_CONTAINER = Path(__file__).resolve().parent / "container"
_STAND_INS, _LAST_RESORTS = _CONTAINER / "bin", _CONTAINER / "bin_last"
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def job_environment(
    request: JobRequest, runtime: Runtime, *, endpoint_url: str | None
) -> dict[str, str]:
    """The variables of a job's containers, the request's `Environment` last.

    `endpoint_url` is None where the network does not reach it. The stand-ins come first on the
    PATH: a `pip` that installs nothing, as jobs use the local runtime's packages. Last comes a
    `python` for runtimes that have a `python3` only.
    """
    prefix = "TRAINING" if request.kind == "training-job" else "PROCESSING"
    return {
        "PATH": f"{_STAND_INS}:{runtime.python.parent}:{_SYSTEM_PATH}:{_LAST_RESORTS}",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        f"{prefix}_JOB_NAME": request.name,
        f"{prefix}_JOB_ARN": request.arn,
        **_aws(request.region, endpoint_url),
        **request.body.get("Environment", {}),
    }


def _aws(region: str, endpoint_url: str | None) -> dict[str, str]:
    """What an AWS SDK in the job needs to reach the embedded AWS."""
    variables = {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return variables if endpoint_url is None else {**variables, "AWS_ENDPOINT_URL": endpoint_url}
