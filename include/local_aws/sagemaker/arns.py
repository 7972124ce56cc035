"""Names of SageMaker's resources across services."""

from __future__ import annotations

ACCOUNT = "123456789012"


def arn(region: str, resource: str, name: str) -> str:
    """Return the ARN of a resource, for example of `training-job` `flights-1`.

    AWS writes the name in lower case there, whatever its case elsewhere (the endpoint
    `DEMO-xgb-churn` is `endpoint/demo-xgb-churn`: aws/amazon-sagemaker-examples issue 2339).
    """
    return f"arn:aws:sagemaker:{region}:{ACCOUNT}:{resource}/{name.lower()}"
