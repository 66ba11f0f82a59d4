"""`etappi demo` and `etappi up` as a person starts them: seconds and memory."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from bench.figures import Figure
from bench.server import disk_folder

ETAPPI = Path(sys.executable).with_name("etappi")
DEMO_SECONDS, FIRST_SECONDS, SECOND_SECONDS, MEGABYTES = 60, 75, 15, 800
PATIENCE = 240
READY = re.compile(r"ready after ([\d.]+) s")


async def demo() -> list[Figure]:
    """How long `etappi demo` takes."""
    with disk_folder() as folder:
        started, worked = time.perf_counter(), _children_worked()
        process = await _etappi("demo", folder=folder)
        try:
            async with asyncio.timeout(PATIENCE):
                output, _ = await process.communicate()
        finally:
            await _end(process)
        seconds = time.perf_counter() - started
        if process.returncode:
            raise RuntimeError(f"`etappi demo` failed: {output.decode()[-2_000:]}")
    note = f"its processes worked {_children_worked() - worked:.0f} s of processor time"
    return [Figure(name="etappi demo", value=seconds, unit="s", target=DEMO_SECONDS, at_most=True, note=note)]


async def up() -> list[Figure]:
    """How long `etappi up` takes until it is ready, the first time and again, and what memory it then has."""
    with disk_folder() as folder:
        first, fresh, _ = await _up(folder)
        second, kept, processes = await _up(folder)
    memory = f"{processes} processes, Postgres and Temporal included"
    return [
        Figure(name="etappi up, first start", value=first, unit="s", target=FIRST_SECONDS, at_most=True),
        Figure(name="etappi up, second start", value=second, unit="s", target=SECOND_SECONDS, at_most=True),
        Figure(
            name="etappi up, memory when ready (first start)", value=fresh, unit="MB", target=MEGABYTES, at_most=True
        ),
        Figure(
            name="etappi up, memory when ready (second start)",
            value=kept,
            unit="MB",
            target=MEGABYTES,
            at_most=True,
            note=memory,
        ),
    ]


async def _up(folder: Path) -> tuple[float, float, int]:
    """Seconds until it said that it is ready, from the start of the process on; memory; number of processes."""
    started = time.perf_counter()
    process = await _etappi("up", "--port", str(_free_port()), folder=folder)
    try:
        said = b""
        async with asyncio.timeout(PATIENCE):
            while not READY.search(said.decode(errors="replace")):
                if process.stdout is None or not (part := await process.stdout.read(4096)):
                    raise RuntimeError(f"`etappi up` ended: {said.decode(errors='replace')[-2_000:]}")
                said += part
        seconds = time.perf_counter() - started
        tree = list(_tree(process.pid))
        return seconds, sum(map(_pss, tree)) / 1e6, len(tree)
    finally:
        await _end(process)


async def _etappi(*arguments: str, folder: Path) -> asyncio.subprocess.Process:
    # Of our environment only what a person's shell has anyway: no settings of Etappi, no addresses of servers.
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        ETAPPI,
        *arguments,
        cwd=folder,
        env={**kept, "ETAPPI_DATA": str(folder / "data"), "TMPDIR": str(folder), "COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    """As Ctrl-C does, and then wait: it stops its servers itself."""
    if process.returncode is None:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(60):
                # What it still says must not fill the pipe.
                await process.communicate()
        if process.returncode is None:
            process.kill()
            await process.wait()


def _children_worked() -> float:
    """Seconds of processor time of the processes that we started and that have ended, with those that they started."""
    times = os.times()
    return times.children_user + times.children_system


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for child in psutil.Process(pid).children(recursive=True):
        yield child.pid


def _pss(pid: int) -> int:
    """Bytes in memory; what processes share is divided among them."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        return 0  # It has ended.
    raise RuntimeError("smaps_rollup says nothing of Pss")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
