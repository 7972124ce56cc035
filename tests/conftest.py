"""How Hypothesis searches, always the same way; and API models that are read once."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.api_models import keep_api_models

settings.register_profile(
    "steady",
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")
keep_api_models()
