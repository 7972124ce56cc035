"""boto3 request bodies as typed builders: pure, and valid against botocore's model."""

from __future__ import annotations
