"""Runs in the SageMaker SDK's environment: trains with ModelTrainer, prints what came of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.shapes import OutputDataConfig, StoppingCondition
from sagemaker.train.configs import Compute, InputData, SourceCode
from sagemaker.train.model_trainer import ModelTrainer

ROLE = "arn:aws:iam::123456789012:role/sagemaker-execution"


def train(bucket: str, source_dir: Path, data_dir: Path) -> dict[str, object]:
    """Train on two hosts from local code and data; answer the finished job's fields."""
    image = image_uris.retrieve(
        "xgboost", "us-east-1", version="3.0-5", instance_type="ml.m5.large"
    )
    trainer = ModelTrainer(
        sagemaker_session=Session(default_bucket=bucket),
        role=ROLE,
        base_job_name="sdk",
        training_image=image,
        source_code=SourceCode(source_dir=str(source_dir), entry_script="train.py"),
        compute=Compute(instance_type="ml.m5.large", instance_count=2, volume_size_in_gb=5),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=300),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/models"),
        hyperparameters={"depth": 3},
    )
    trainer.train(
        input_data_config=[InputData(channel_name="train", data_source=str(data_dir))],
        wait=True,
        logs=True,
    )
    job = trainer._latest_training_job
    job.refresh()
    return {
        "name": job.training_job_name,
        "status": job.training_job_status,
        "model": job.model_artifacts.s3_model_artifacts,
    }


if __name__ == "__main__":
    answer = train(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
    sys.stdout.write("\n" + json.dumps(answer) + "\n")
