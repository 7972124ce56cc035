"""Containers: what they see, how they end, and that they leave nobody behind."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import uuid
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from include.local_aws.jobs.isolated_network import IsolatedNetwork
from include.local_aws.jobs.namespaces import REPOSITORY, why_not
from include.local_aws.jobs.sandbox import Container, ContainerSpec, Sandbox
from tests.local_aws.jobs.job_bench import wait_until
from tests.local_aws.jobs.processes import running

if TYPE_CHECKING:
    from collections.abc import Iterator

SYSTEM = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
NAMESPACES = [Sandbox.BUBBLEWRAP, Sandbox.UNSHARE]


def usable(sandbox: Sandbox) -> Sandbox:
    """The sandbox; skips the test where this machine does not allow it."""
    reason = why_not(sandbox)
    if reason is not None:
        pytest.skip(f"{sandbox.value}: {reason}")
    return sandbox


@pytest.fixture(params=Sandbox, ids=lambda sandbox: sandbox.value)
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Each kind of sandbox, none included."""
    return usable(request.param)


@pytest.fixture(params=NAMESPACES, ids=lambda sandbox: sandbox.value)
def namespaces(request: pytest.FixtureRequest) -> Sandbox:
    """Each kind of sandbox with namespaces."""
    return usable(request.param)


class Box:
    """Starts containers and keeps what they write."""

    def __init__(self, opt_ml: Path) -> None:
        self.opt_ml = opt_ml
        self.lines: list[str] = []
        self.started: list[Container] = []

    def start(self, sandbox: Sandbox, *argv: str, **more: Any) -> Container:
        """Start a container."""
        spec = ContainerSpec(
            **{
                "name": "a container",
                "opt_ml": self.opt_ml,
                "argv": argv,
                "environment": SYSTEM,
                **more,
            }
        )
        self.started.append(Container.start(spec, self.lines.append, sandbox=sandbox))
        return self.started[-1]

    def run(self, sandbox: Sandbox, *argv: str, **more: Any) -> int | None:
        """Run a container to its end; its exit code."""
        return self.start(sandbox, *argv, **more).wait(60)

    def shell(self, sandbox: Sandbox, script: str, **more: Any) -> int | None:
        """Run a shell script in a container."""
        return self.run(sandbox, "/bin/sh", "-c", script, **more)

    def wait_for_line(self, text: str) -> None:
        """Wait until the container wrote a line."""
        wait_until(lambda: text in self.lines, f"line {text!r}")


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    """A box whose containers end with the test."""
    box = Box(tmp_path / "host" / "ml")
    yield box
    for container in box.started:
        container.kill()


@pytest.fixture
def marker() -> Iterator[str]:
    """A word for command lines; no process with it may outlast the test."""
    word = f"marked-{uuid.uuid4().hex}"
    yield word
    wait_until(lambda: not running(word), "the end of every marked process")


def test_the_job_directory_is_opt_ml(namespaces: Sandbox, box: Box) -> None:
    """What is in the directory is at /opt/ml, and what is written there is in the directory."""
    existed = Path("/opt/ml").exists()
    box.opt_ml.mkdir(parents=True)
    (box.opt_ml / "in").write_text("from the host\n")
    box.shell(namespaces, "cat /opt/ml/in; echo back > /opt/ml/out; pwd")

    assert box.lines == ["from the host", "/opt/ml/code"]
    assert (box.opt_ml / "out").read_text() == "back\n"
    assert Path("/opt/ml").exists() is existed


def test_the_rest_of_opt_stays(namespaces: Sandbox, box: Box) -> None:
    """Whatever else the host has in /opt is there in the container too."""
    box.shell(namespaces, "ls -A /opt")

    assert set(box.lines) == {entry.name for entry in Path("/opt").iterdir()} | {"ml"}


def test_tmp_is_private_and_gone_afterwards(namespaces: Sandbox, box: Box) -> None:
    """Two containers do not share /tmp, HOME is in it, and nothing of it is left."""
    name = uuid.uuid4().hex
    for _ in range(2):
        box.shell(namespaces, f"test -e /tmp/{name} && echo shared; touch /tmp/{name} $HOME/mine")

    assert box.lines == []
    assert not Path("/tmp", name).exists()  # noqa: S108
    assert [entry.name for entry in box.opt_ml.parent.iterdir()] == ["ml"]


def test_names_resolve_to_the_given_addresses(namespaces: Sandbox, box: Box) -> None:
    """The container's /etc/hosts has the given names, its own name is the given one."""
    script = "import socket; print(socket.gethostname(), socket.gethostbyname('algo-2'))"
    hosts = {"algo-1": "127.70.0.1", "algo-2": "127.70.0.2"}
    box.run(namespaces, "python3", "-c", script, hosts=hosts, hostname="algo-1")

    assert box.lines == ["algo-1 127.70.0.2"]
    assert "127.70.0.2" not in Path("/etc/hosts").read_text(encoding="utf-8")


def test_processes_of_the_host_are_out_of_sight(namespaces: Sandbox, box: Box) -> None:
    """A container has its own process ids and sees its own processes only."""
    box.shell(namespaces, "ls -d /proc/[0-9]* | wc -l; test -e /proc/$$/stat && echo mine")

    assert int(box.lines[0]) <= 5
    assert box.lines[1] == "mine"


def test_only_the_given_environment_is_there(
    sandbox: Sandbox, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the server's environment reaches the process."""
    monkeypatch.setenv("AIRFLOW_SECRET", "x")
    box.run(sandbox, "/usr/bin/env", environment={**SYSTEM, "GIVEN": "yes"})

    names = {line.partition("=")[0] for line in box.lines if "=" in line}
    only_there = {"TMPDIR", "SAGEMAKER_BASE_DIR"} if sandbox is Sandbox.NONE else set()
    assert names == {"PATH", "GIVEN", "HOME"} | only_there


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 3", 3), ("kill -9 $$", 137)])
def test_exit_codes_are_a_shells(sandbox: Sandbox, box: Box, script: str, code: int) -> None:
    """The exit code is the process's, or 128 and the signal that ended it."""
    assert box.shell(sandbox, script) == code


def test_a_program_that_does_not_exist(sandbox: Sandbox, box: Box) -> None:
    """A command that is not found ends with 127 and says what was not found."""
    assert box.run(sandbox, "no-such-program") == 127
    assert "no-such-program" in box.lines[-1]


def test_every_line_is_there_when_the_code_is(sandbox: Sandbox, box: Box) -> None:
    """All output is handed over in order before `wait` returns; junk bytes are replaced."""
    box.shell(sandbox, "seq 1 2000; printf '\\377 end'")

    assert box.lines[-2001:] == [*map(str, range(1, 2001)), "\ufffd end"]


def test_standard_error_is_read_too(sandbox: Sandbox, box: Box) -> None:
    """Lines of stderr come like those of stdout."""
    box.shell(sandbox, "echo out; echo err >&2")

    assert box.lines[-2:] == ["out", "err"]


def test_wait_gives_up_after_its_timeout(sandbox: Sandbox, box: Box) -> None:
    """`wait` returns None while the process runs."""
    container = box.start(sandbox, "sleep", "3600")

    assert container.wait(0.05) is None
    assert container.stop(0) != 0


def test_stop_lets_the_process_end_by_itself(sandbox: Sandbox, box: Box) -> None:
    """SIGTERM reaches the whole process group, and the exit code is the process's own."""
    script = "trap 'echo told; exit 5' TERM; echo ready; while :; do sleep 0.05; done"
    container = box.start(sandbox, "/bin/sh", "-c", script)
    box.wait_for_line("ready")

    assert container.stop(60) == 5
    assert box.lines[-1] == "told"


def test_stop_kills_what_will_not_end(sandbox: Sandbox, box: Box, marker: str) -> None:
    """A process that ignores SIGTERM is killed after the grace, with all its children."""
    script = f"trap '' TERM; echo ready; sleep 3600 {marker} & exec sleep 3600"
    script = script.replace(
        f"sleep 3600 {marker}", f"sh -c 'trap \"\" TERM; sleep 3600; : {marker}'"
    )
    container = box.start(sandbox, "/bin/sh", "-c", script)
    box.wait_for_line("ready")

    assert container.stop(0.1) == 137


def test_nobody_outlives_the_first_process(sandbox: Sandbox, box: Box, marker: str) -> None:
    """Children that went into the background, in sessions of their own, end with the job."""
    daemon = f"import time; print('up', flush=True); time.sleep(3600); '{marker}'"
    script = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', sys.argv[1]], start_new_session=True,\n"
        "                         stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
    )
    assert box.run(sandbox, "python3", "-c", script, daemon) == 0
    assert not running(marker)


def test_a_container_outlives_the_thread_that_started_it(sandbox: Sandbox, box: Box) -> None:
    """A container is bound to the server, not to one of its threads."""
    starter = threading.Thread(target=lambda: box.start(sandbox, "sh", "-c", "echo up; sleep 3600"))
    starter.start()
    starter.join()
    box.wait_for_line("up")

    assert box.started[0].wait(0.2) is None


def test_an_error_of_the_listener_is_raised_by_wait(sandbox: Sandbox, tmp_path: Path) -> None:
    """What `on_line` raises is not lost, and the process can still write."""

    def refuse(line: str) -> None:
        raise ValueError(line)

    spec = ContainerSpec(
        name="a container",
        opt_ml=tmp_path / "ml",
        argv=["/bin/sh", "-c", "seq 1 100000"],
        environment=SYSTEM,
    )
    if sandbox is Sandbox.NONE:
        with pytest.raises(ValueError, match="without namespaces"):
            Container.start(spec, refuse, sandbox=sandbox)
        return
    with pytest.raises(ValueError, match="1"):
        Container.start(spec, refuse, sandbox=sandbox).wait(60)


def contained(sandbox: Sandbox, opt_ml: Path, *command: str, isolated: bool = False) -> list[str]:
    """The command that runs a container in a process of its own."""
    return [
        *("-m", "tests.local_aws.jobs.contained"),
        *(sandbox.value, str(isolated), str(opt_ml), *command),
    ]


def test_nobody_outlives_a_killed_server(sandbox: Sandbox, tmp_path: Path, marker: str) -> None:
    """When the server is killed with SIGKILL, its containers end, children and all."""
    script = f"trap '' TERM HUP; (sleep 3600; : {marker}) & echo ready; sleep 3600; : {marker}"
    with subprocess.Popen(
        [sys.executable, *contained(sandbox, tmp_path / "ml", "/bin/sh", "-c", script)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        while server.stdout.readline().strip() != "ready":
            assert server.poll() is None
        assert len(running(marker)) >= 3
        server.send_signal(signal.SIGKILL)


def test_without_namespaces_paths_are_the_hosts(box: Box) -> None:
    """The fallback says what is missing and lets /opt/ml in arguments and variables be found."""
    code = box.shell(
        Sandbox.NONE,
        'echo "$SM_MODEL_DIR" "$SM_TRAINING_ENV" "$0" "$OTHER"; pwd; echo $SAGEMAKER_BASE_DIR',
        environment={
            **SYSTEM,
            "SM_MODEL_DIR": "/opt/ml/model",
            "SM_TRAINING_ENV": '{"a":"/opt/ml/input"}',
            "OTHER": "/opt/mlflow /x/opt/ml",
        },
    )

    root = box.opt_ml.resolve()
    assert code == 0
    assert "without namespaces" in box.lines[0]
    assert str(root) in box.lines[0]
    assert box.lines[1:] == [
        f'{root}/model {{"a":"{root}/input"}} /bin/sh /opt/mlflow /x/opt/ml',
        f"{root}/code",
        str(root),
    ]


REACH = """
import socket, sys
for name, host in (("outside", "127.0.0.1"), ("inside", sys.argv[2])):
    try:
        socket.create_connection((host, int(sys.argv[1])), timeout=30).close()
        print(name, "reached")
    except OSError:
        print(name, "not reached")
"""
SERVE = """
import socket, sys
with socket.create_server((sys.argv[2], int(sys.argv[1]))) as server:
    print("serving", flush=True)
    while True:
        server.accept()[0].close()
"""


def test_isolated_containers_share_a_network_of_their_own(namespaces: Sandbox, box: Box) -> None:
    """Containers of one isolated network reach each other, and nothing of the host."""
    with closing(socket.create_server(("127.0.0.1", 0))) as outside, IsolatedNetwork() as network:
        words = (str(outside.getsockname()[1]), "127.70.0.9")
        options: dict[str, Any] = {"network_isolation": True, "network": network}
        box.start(namespaces, "python3", "-c", SERVE, *words, **options)
        box.wait_for_line("serving")
        box.run(namespaces, "python3", "-c", REACH, *words, **options)

    assert box.lines == ["serving", "outside not reached", "inside reached"]


def test_a_container_alone_may_be_isolated(namespaces: Sandbox, box: Box) -> None:
    """Without a network to share, an isolated container gets one of its own."""
    with closing(socket.create_server(("127.0.0.1", 0))) as outside:
        words = (str(outside.getsockname()[1]), "127.0.0.1")
        box.run(namespaces, "python3", "-c", REACH, *words)
        box.run(namespaces, "python3", "-c", REACH, *words, network_isolation=True)

    assert box.lines[:2] == ["outside reached", "inside reached"]
    assert box.lines[2:] == ["outside not reached", "inside not reached"]


NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


IMPORT_AND_RUN_AGAIN = """
import subprocess, sys
import tests.local_aws.jobs.contained
subprocess.run([sys.executable, "-c", ""], check=True)
"""


def as_unprivileged() -> list[str]:
    """What to put before a command to run it without privileges, Python included.

    Root needs a Python and a checkout that everybody can read; the test is skipped without.
    """
    if os.geteuid():
        return [sys.executable]
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed, so root cannot become nobody")
    for python in (sys.executable, shutil.which("python3", path="/usr/bin:/usr/local/bin")):
        command = [*NOBODY, str(python), "-B"]
        trial = subprocess.run(
            [*command, "-c", IMPORT_AND_RUN_AGAIN],
            cwd=REPOSITORY,
            capture_output=True,
            check=False,
        )
        if trial.returncode == 0:
            return command
    pytest.skip("nobody can read neither this Python nor another of 3.11 or later")


@pytest.mark.parametrize("isolated", [False, True])
def test_no_privileges_are_needed(namespaces: Sandbox, isolated: bool) -> None:  # noqa: FBT001
    """An unprivileged user gets the same container, under its own name."""
    command = as_unprivileged()
    script = "id -u; echo text > /opt/ml/file; hostname; ls /opt/ml; grep -c algo-1 /etc/hosts"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o777)
        container = contained(
            namespaces, Path(directory) / "ml", "/bin/sh", "-c", script, isolated=isolated
        )
        finished = subprocess.run(
            [*command, *container], cwd=REPOSITORY, capture_output=True, text=True, check=False
        )

    assert finished.stderr == ""
    user = os.geteuid() or 65534
    assert finished.stdout.splitlines() == [
        str(user),
        "algo-1",
        "code",
        "file",
        "1",
        "exit code 0",
    ]
