"""What a job reads and writes is in its request."""

from __future__ import annotations

from airflow_sagemaker.operators.lineage import S3Place, places_of


def test_b13_inputs_and_outputs_are_read_from_the_request() -> None:
    """So they are known for a job that was finished before its task could be deferred."""
    request = {
        "InputDataConfig": [{"DataSource": {"S3DataSource": {"S3Uri": "s3://b/in/a"}}}],
        "OutputDataConfig": {"S3OutputPath": "s3://b/out"},
        "HyperParameters": {"sagemaker_submit_directory": "s3://b/code.tar.gz"},
    }

    assert places_of(request) == ([S3Place("s3://b", "in/a")], [S3Place("s3://b", "out")])


def test_processing_and_transform_jobs_have_theirs_elsewhere() -> None:
    """Inputs given twice count once."""
    source = {"S3Input": {"S3Uri": "s3://b/in"}}
    processing = {
        "ProcessingInputs": [source, source],
        "ProcessingOutputConfig": {"Outputs": [{"S3Output": {"S3Uri": "s3://c"}}]},
    }
    transform = {
        "TransformInput": {"DataSource": {"S3DataSource": {"S3Uri": "s3://b/in"}}},
        "TransformOutput": {"S3OutputPath": "s3://c"},
    }

    expected = ([S3Place("s3://b", "in")], [S3Place("s3://c", "/")])
    assert places_of(processing) == expected
    assert places_of(transform) == expected
