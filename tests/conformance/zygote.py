"""`python -m tests.conformance.zygote SOCKET`: a warmed-up process that forks driver processes.

To import Airflow and the providers costs seconds; to fork a process that has them does not.
"""

from __future__ import annotations

import asyncio
import gc
import os
import select
import signal
import socket
import sys
import traceback

import airflow.providers.standard.operators.trigger_dagrun  # noqa: F401 - triggerers load it
from airflow.sdk.plugins_manager import integrate_macros_plugins

import airflow_sagemaker.operators.job_run
import airflow_sagemaker.operators.worker_free
import airflow_sagemaker.triggers.job
import airflow_sagemaker.triggers.worker_free_job  # noqa: F401
from airflow_sagemaker.hooks.connection import AwsConnection
from tests.api_models import keep_api_models
from tests.conformance.driver import drive
from tests.conformance.line import READY, DriverLine, Line
from tests.conformance.orders import CONN_ID, Order


def main(path: str) -> None:
    """Fork a driver for every connection, until the standard input ends or a signal comes."""
    _warm_up()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    gc.freeze()
    sys.stderr.write(f"{READY}\n")
    sys.stderr.flush()
    while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _be_driver(connection)
        connection.close()


def _warm_up() -> None:
    """Look up once what each driver would look up anew: API models, Airflow's plugins."""
    keep_api_models()
    integrate_macros_plugins()
    os.environ[f"AIRFLOW_CONN_{CONN_ID.upper()}"] = (
        '{"conn_type": "aws", "login": "testing", "password": "testing", '
        '"extra": {"region_name": "us-east-1", "endpoint_url": "http://127.0.0.1:9"}}'
    )
    connection = AwsConnection(conn_id=CONN_ID)
    for service in ("sagemaker", "logs", "s3", "iam"):
        connection.client(service).close()

    async def open_client() -> None:
        async with connection.async_client("sagemaker"):
            pass

    asyncio.run(open_client())


def _be_driver(connection: socket.socket) -> None:
    """Serve one order, and end this process."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    code = 1
    try:
        line = Line(connection)
        order = Order.from_dict(line.receive())
        line.send({"pid": os.getpid()})
        own = DriverLine(line)
        own.listen()
        drive(order, own)
        code = 0
    except BaseException:  # noqa: BLE001 - it must not go on as a zygote
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
