"""Faults on demand: a side door through which tests and exercises make AWS misbehave.

It is on the embedded AWS's port, below `/_local_aws/`, for requests without an AWS signature. No
AWS client can reach it, and without rules no AWS-facing route behaves differently. Rules live in
memory: a restart forgets them. All bodies are JSON; a refusal is `{"message": ...}`.

`POST /_local_aws/faults`
    Adds a rule, or `{"rules": [...]}`. Answers 201 and `{"rules": [...]}`, each with its `id`;
    400 and what is wrong if a rule cannot be read: then none is added.
`GET /_local_aws/faults`
    Answers `{"rules": [...]}`: each rule as it was given with `id`, `seen` (how many requests or
    jobs it was held against and fitted) and `hits` (how many of them it struck).
`DELETE /_local_aws/faults`, `DELETE /_local_aws/faults/ID`
    Removes all rules, or one. Answers 200 and `{"rules": [...]}`: those removed, with their hits.
`POST /_local_aws/interruptions`
    `{"training_job": NAME, "region": "us-east-1", "wait_seconds": 0}` takes the instances of a
    running spot training job away, now. Answers 202; 404 if no such spot job is running.

A rule says what it is for, when it strikes and what it does. The first rule that fits and strikes
is the only one that does.

For what (all optional; the texts are shell patterns, `*` fits anything):
    `service`    the service a request is signed for: `sagemaker` (also for InvokeEndpoint), `s3`,
                 `logs`, `monitoring`, ...
    `operation`  `CreateTrainingJob`, `Describe*`, `PutObject`, ...
    `region`     `us-east-1`
    `name`       the name of the resource: the first member of a SageMaker request that is a name or
                 an ARN (an ARN fits by its last part too); any member that ends in `Name` for other
                 services; the endpoint of an invocation; `bucket/key` for S3

When (all optional):
    `skip`         this many fitting ones pass first
    `calls`        it strikes this often; without it, always
    `probability`  and `seed` (0): it strikes each fitting one by chance; the same seed strikes the
                   same ones in each series of requests

What it does, exactly one of:
    a fault of the call, any of these together:
        `latency_seconds`         wait before the operation takes effect
        `answer_latency_seconds`  wait after it took effect, before it is answered
        `error`  `{"code", "message", "status"}`, answered instead of the operation; message and
                 status have AWS's own for common codes (ThrottlingException, ResourceLimitExceeded,
                 InternalFailure, ServiceUnavailable, ...), and status alone is enough for 429, 500
                 and 503
        `drop`   `"before"` closes the connection instead of the operation, `"after"` once it took
                 effect: what a caller sees is the same (boto3 repeats the call by itself, unless
                 its retries are off)
    `job_failure`  `{"reason"}`: a job whose Create call fits ends Failed without having run;
                   AWS's CapacityError unless another reason is given
    `interruption`  `{"after_seconds", "after_checkpoint", "times", "wait_seconds"}`: a spot
                    training job whose Create call fits loses its instances `after_seconds` (0) from
                    the start of its containers, or as soon as a checkpoint of theirs is in S3
                    (`after_checkpoint`: true), `times` (1) times, and gets others after
                    `wait_seconds` (0)
    `endpoint_update`  `"rolled_back"` or `"rollback_failed"`, and `reason` (optional) beside it: an
                       UpdateEndpoint that fits fails its health check and ends InService on the
                       former config (without FailureReason unless `reason` is given), or in
                       UpdateRollbackFailed. An UpdateEndpointWeightsAndCapacities that fits goes
                       through RollingBack and keeps the former weights and counts.

`operation` is `*` for faults of calls; otherwise, unless it is given, that of the operations which
the effect can strike (`Create*Job`, `CreateTrainingJob`, `UpdateEndpoint`). Training jobs that a
tuning job starts are struck like any other job. The log lines that the embedded AWS writes itself
are never struck.
"""

from __future__ import annotations
