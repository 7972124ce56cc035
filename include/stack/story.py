"""What `run` and `up` do from the first check to the last word."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from include.stack import plan, preflight, scenes, summary
from include.stack.background import Addresses
from include.stack.errors import PreflightError, Terminated
from include.stack.local_stack import LocalStack
from include.stack.lock import StackLock
from include.stack.screen import Screen, screen_for
from include.stack.start_up import StartUp
from include.stack.summary_table import table

if TYPE_CHECKING:
    from airflow_sagemaker.settings.pipeline_settings import PipelineSettings
    from include.stack.layout import Layout

UP_SECONDS = 300.0
WATCH_SECONDS = 1.0
RUN_PARSE_SECONDS = 3600  # a run's Dag files do not change
UP_PARSE_SECONDS = 30


def run(layout: Layout) -> int:
    """Play every scene on a fresh stack, print what happened and leave nothing running.

    :raises StackError: if anything fails.
    """
    began, clock = datetime.now(UTC), time.monotonic()
    screen = screen_for(sys.stdout)
    with StackLock(layout.lock).held("run"):
        _check(layout, screen)
        settings = pipeline_settings(layout)
        preflight.start_afresh(layout)
        with _stack(layout, screen, parse_seconds=RUN_PARSE_SECONDS) as stack:
            stage = scenes.Stage(stack=stack, settings=settings, screen=screen)
            for scene in scenes.SCENES:
                scenes.play(scene, stage)
            seconds = time.monotonic() - clock
            result = summary.summarise(stage, began=began, seconds=seconds)
        summary.write(result, layout.summary)
    screen.say(table(result))
    screen.say(f"written to {layout.summary.relative_to(layout.repository)}")
    return 0


def serve(layout: Layout) -> int:
    """Bring a stack up on its kept state and hold it until this process is told to end.

    :raises StackError: if it does not come up, or a process of it ends.
    """
    screen = screen_for(sys.stdout)
    with StackLock(layout.lock).held("up"):
        _check(layout, screen)
        raw_days = scenes.raw_days_of(pipeline_settings(layout), plan.UP_RAW)
        layout.create()
        with _stack(layout, screen, parse_seconds=UP_PARSE_SECONDS) as stack:
            screen.begin("start, land raw days")
            start_up = StartUp(stack, raw_days=raw_days, dag_ids=plan.DAGS)
            stack.launch()
            start_up.wait(screen.show, seconds=UP_SECONDS)
            _let_go_once(stack, layout)
            screen.end("success")
            _hold(stack, layout)
    return 0


def _stack(layout: Layout, screen: Screen, *, parse_seconds: int) -> LocalStack:
    return LocalStack(layout, preflight.choose_ports(screen.say), parse_seconds=parse_seconds)


def _let_go_once(stack: LocalStack, layout: Layout) -> None:
    """Unpause the Dags of a new state; whoever pauses one later finds it paused after a restart."""
    done = layout.root / "unpaused"
    if not done.exists():
        scenes.unpause(stack)
        done.touch()


def _hold(stack: LocalStack, layout: Layout) -> None:
    """Say where the stack is, and watch it until this process is told to end."""
    Addresses(airflow_url=stack.airflow_url, aws_url=stack.aws_url).write(layout.addresses)
    try:
        while True:
            stack.check()
            time.sleep(WATCH_SECONDS)
    except Terminated:
        return
    finally:
        layout.addresses.unlink(missing_ok=True)


def _check(layout: Layout, screen: Screen) -> None:
    preflight.require_jobs_environment(layout)
    preflight.require_disk(layout.root, free_bytes=preflight.free_bytes(layout.root))
    preflight.clear_leftovers(layout, screen.say)


def pipeline_settings(layout: Layout) -> PipelineSettings:
    """Return the settings of the model, the same that its Dags read.

    :raises PreflightError: if they are broken; the message names the lines to fix.
    """
    sys.path.insert(0, str(layout.plugins))
    from airflow_sagemaker.exceptions import SettingsError  # noqa: PLC0415
    from airflow_sagemaker.settings.loader import load_settings  # noqa: PLC0415

    path = Path("include") / plan.MODEL / "pipeline.yaml"
    try:
        return load_settings(layout.repository / path, shown_as=path.as_posix())
    except SettingsError as error:
        raise PreflightError(str(error)) from error
