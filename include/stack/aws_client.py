"""How programs of the stack reach the embedded AWS, and nothing but it."""

from __future__ import annotations

from typing import Any

REGION = "us-east-1"
ACCESS_KEY = "testing"


def aws_variables() -> dict[str, str]:
    """Return environment variables that keep a caller's real AWS configuration out."""
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def aws_client(service: str, endpoint_url: str) -> Any:
    """Return a boto3 client of the embedded AWS, whatever the caller's environment says."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=ACCESS_KEY,
        config=Config(proxies={}, retries={"mode": "standard", "max_attempts": 3}),
    )
