"""Readings reach those who follow."""

from __future__ import annotations

from include.local_aws.jobs.metric_feed import MetricFeed
from tests.local_aws.jobs.job_bench import IMAGE, JobBench


def test_only_what_is_followed_is_kept() -> None:
    """One metric of one job, from when it is followed until it is forgotten."""
    feed = MetricFeed()
    feed.publish("us-east-1", "job", "loss", 1.0)
    feed.follow("us-east-1", "job", "loss")
    for region, job, metric, value in (
        ("us-east-1", "job", "loss", 2.0),
        ("us-east-1", "job", "other", 3.0),
        ("us-east-1", "other", "loss", 4.0),
        ("eu-west-1", "job", "loss", 5.0),
        ("us-east-1", "job", "loss", 6.0),
    ):
        feed.publish(region, job, metric, value)

    assert feed.readings("us-east-1", "job") == [2.0, 6.0]
    feed.forget("us-east-1", "job")
    assert feed.readings("us-east-1", "job") == []


def test_a_training_job_publishes_every_reading(bench: JobBench) -> None:
    """In the order in which the log has them."""
    bench.platform.metrics.follow("us-east-1", "job", "loss")

    bench.train(
        "print('loss: 3'); print('loss: 2.5'); print('loss: nan')",
        AlgorithmSpecification={
            "TrainingImage": IMAGE,
            "MetricDefinitions": [{"Name": "loss", "Regex": r"loss: (\S+)"}],
        },
    )

    assert bench.platform.metrics.readings("us-east-1", "job") == [3.0, 2.5]
