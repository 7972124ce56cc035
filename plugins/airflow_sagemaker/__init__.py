"""Apache Airflow provider for the whole life of a model on Amazon SageMaker."""

from __future__ import annotations

__version__ = "0.1.0"
