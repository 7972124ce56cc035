"""The local stack: the embedded AWS and a real Airflow as processes, and the scenes of a run."""
