"""AWS's protocols, driven by botocore's own service models."""

from __future__ import annotations
