"""The typed settings of a model, read from its `pipeline.yaml`."""

from __future__ import annotations
