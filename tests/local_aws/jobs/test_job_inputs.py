"""Each host gets the inputs that are its."""

from __future__ import annotations

from tests.local_aws.jobs.job_bench import BUCKET, ROLE, JobBench, channel


def test_each_host_sees_its_shard_and_the_whole_of_the_rest(bench: JobBench) -> None:
    """ShardedByS3Key deals the sorted keys out; FullyReplicated gives each host all."""
    for number in range(5):
        bench.put(f"data/part-{number}", "x")
    uri = f"s3://{BUCKET}/data/"
    bench.train(
        "import os\n"
        "for name in 'SM_CHANNEL_SHARDED', 'SM_CHANNEL_WHOLE':\n"
        "    print(name, sorted(os.listdir(os.environ[name])))",
        hosts=2,
        InputDataConfig=[
            channel("sharded", uri, distribution="ShardedByS3Key"),
            channel("whole", uri),
        ],
    )

    everything = str([f"part-{number}" for number in range(5)])
    for host, shard in (("algo-1-", [0, 2, 4]), ("algo-2-", [1, 3])):
        expected = str([f"part-{number}" for number in shard])
        assert bench.logs.text(host).splitlines() == [
            f"SM_CHANNEL_SHARDED {expected}",
            f"SM_CHANNEL_WHOLE {everything}",
        ]


def test_missing_data_fails_the_job_in_awss_words(bench: JobBench) -> None:
    """A channel without objects is a ClientError that names URL, region, role and bucket."""
    outcome = bench.train("", InputDataConfig=[channel("train", f"s3://{BUCKET}/nothing/here/")])

    assert outcome.status == "Failed"
    assert outcome.failure_reason == (
        "ClientError: Data download failed:No S3 objects found under S3 URL "
        f'"s3://{BUCKET}/nothing/here/" given in input data source. Please ensure that the bucket '
        "exists in the selected region (us-east-1), that objects exist under that S3 prefix, and "
        f'that the role "{ROLE}" has "s3:ListBucket" permissions on bucket "{BUCKET}".'
    )
