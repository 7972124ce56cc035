"""The embedded AWS: SageMaker, S3 and the services around them on one loopback port."""

from __future__ import annotations
