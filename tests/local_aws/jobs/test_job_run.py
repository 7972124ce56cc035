"""A job's hosts reach each other, and nothing else where they are isolated."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from include.local_aws.jobs.namespaces import Sandbox, best_sandbox
from tests.local_aws.jobs.job_bench import JobBench

if TYPE_CHECKING:
    from pathlib import Path

needs_namespaces = pytest.mark.skipif(
    best_sandbox() is Sandbox.NONE, reason="this machine allows no namespaces"
)
OUTPUT = "models/job/output"


TALK = """
import json, os, socket, time
me, hosts = os.environ["SM_CURRENT_HOST"], json.loads(os.environ["SM_HOSTS"])
for name in (f"{me}.txt", "both.txt"):
    open(os.environ["SM_MODEL_DIR"] + "/" + name, "w").write(me)
if me == hosts[0]:
    with socket.create_server((me, 29123)) as server:
        connection, _ = server.accept()
        print(connection.recv(100).decode(), flush=True)
else:
    deadline = time.monotonic() + 60
    while True:
        try:
            peer = socket.create_connection((hosts[0], 29123), timeout=60)
            break
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    peer.sendall(f"{me} says hello".encode())
    print("sent")
"""


REACH = """
import os, socket, sys
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[2])), timeout=60)
    print("reached outside")
except OSError:
    print("outside is unreachable")
print(os.environ.get("AWS_ENDPOINT_URL", "no endpoint"))
"""


def test_hosts_talk_by_name_and_their_models_are_one(bench: JobBench) -> None:
    """Two hosts reach each other by name, log apart, and their model directories are merged."""
    outcome = bench.train(TALK, hosts=2)

    assert (outcome.status, outcome.failure_reason) == ("Completed", None)
    assert "algo-2 says hello" in bench.logs.text("algo-1-")
    assert "sent" in bench.logs.text("algo-2-")
    assert bench.members(f"{OUTPUT}/model.tar.gz") == {
        "algo-1.txt": "algo-1",
        "algo-2.txt": "algo-2",
        "both.txt": "algo-1",
    }


def test_hosts_talk_by_name_without_namespaces(bench: JobBench, tmp_path: Path) -> None:
    """Where there are no namespaces, Python jobs still reach each other by name."""
    fallback = JobBench(tmp_path, bench.store, sandbox=Sandbox.NONE)
    outcome = fallback.train(TALK, hosts=2)
    fallback.close()

    assert (outcome.status, outcome.failure_reason) == ("Completed", None)
    assert "algo-2 says hello" in fallback.logs.text("algo-1-")
    assert "without namespaces" in fallback.logs.lines("algo-1-")[0]


@needs_namespaces
@pytest.mark.parametrize("isolated", [False, True])
def test_network_isolation_leaves_only_the_jobs_hosts(bench: JobBench, isolated: bool) -> None:  # noqa: FBT001
    """Isolated hosts reach each other and nothing outside; others reach this machine."""
    with closing(socket.create_server(("127.0.0.1", 0))) as outside:
        outcome = bench.train(
            REACH + TALK,
            hosts=2,
            arguments={"port": str(outside.getsockname()[1])},
            EnableNetworkIsolation=isolated,
        )

    assert (outcome.status, outcome.failure_reason) == ("Completed", None)
    assert "algo-2 says hello" in bench.logs.text("algo-1-")
    for host in ("algo-1-", "algo-2-"):
        expected = "outside is unreachable" if isolated else "reached outside"
        assert expected in bench.logs.text(host)
        assert ("no endpoint" in bench.logs.text(host)) is isolated


def test_the_workspace_is_removed_unless_kept(bench: JobBench, tmp_path: Path) -> None:
    """A finished job leaves no directory behind, unless told to."""
    bench.train("")
    assert list(bench.platform.workspace.iterdir()) == []

    keeping = JobBench(tmp_path, bench.store, keep_workspaces=True)
    keeping.train("")
    keeping.close()
    (left,) = keeping.platform.workspace.iterdir()
    assert (left / "algo-1" / "ml" / "code" / "train.py").exists()
    keeping.platform.sweep()
    assert list(keeping.platform.workspace.iterdir()) == []
