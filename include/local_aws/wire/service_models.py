"""Botocore's description of a service, loaded once."""

from __future__ import annotations

from functools import lru_cache

from botocore.loaders import Loader
from botocore.model import ServiceModel


@lru_cache
def service_model(service: str) -> ServiceModel:
    """Return botocore's model of a service, for example `sagemaker`."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)
