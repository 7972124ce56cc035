"""Models made through the API alone, from programs packed for SageMaker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.local_aws.request_bodies import model
from tests.local_aws.serving.model_archives import IMAGE, model_archive

if TYPE_CHECKING:
    from tests.local_aws.account import Account


def create_model(account: Account, bucket: str, program: str, **files: str) -> str:
    """Create a model with a program and return its name."""
    name = account.name("model")
    key = f"{name}/model.tar.gz"
    account.client("s3").put_object(Bucket=bucket, Key=key, Body=model_archive(program, files))
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{bucket}/{key}"}
    account.client("sagemaker").create_model(**model(name, PrimaryContainer=container))
    return name
