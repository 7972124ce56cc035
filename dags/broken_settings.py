"""The Dag file without a Dag: it fails while a model's settings file is broken.

A broken `pipeline.yaml` takes its own model's Dags away and leaves all others'. Somebody has to be
told, where Airflow shows such things: this file's import error names each broken file, the lines
and the remedies. It cannot come from the files with Dags, because one import error marks every Dag
of its file as stale.
"""

from __future__ import annotations

from airflow_sagemaker.settings.loader import installed_models

installed_models(__file__).require_sound()
