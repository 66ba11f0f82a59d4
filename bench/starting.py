"""`etappi demo` and `etappi up` as a person starts them: seconds and memory."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
import time
from dataclasses import dataclass
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
        starts = [
            ("first start", FIRST_SECONDS, await _up(folder)),
            ("second start", SECOND_SECONDS, await _up(folder)),
        ]
    seconds = [
        Figure(
            name=f"etappi up, {start}, until ready",
            value=ready.seconds,
            unit="s",
            target=target,
            at_most=True,
            note=f"its processes worked {ready.worked:.0f} s of processor time",
        )
        for start, target, ready in starts
    ]
    memory = [
        Figure(
            name=f"etappi up, {start}, memory when ready",
            value=ready.megabytes,
            unit="MB",
            target=MEGABYTES,
            at_most=True,
            note=f"{ready.processes} processes, Postgres and Temporal included",
        )
        for start, _, ready in starts
    ]
    return seconds + memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """`etappi up` when it said that it is ready: it and the processes that it runs."""

    seconds: float
    worked: float
    megabytes: float
    processes: int


async def _up(folder: Path) -> Ready:
    """Start it, wait until it is ready, look at it and stop it. The seconds count from the start of its process on."""
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
        tree = _tree(process.pid)
        return Ready(
            seconds=seconds,
            worked=sum(map(_worked, tree)),
            megabytes=sum(_pss(each.pid) for each in tree) / 1e6,
            processes=len(tree),
        )
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


def _tree(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _worked(process: psutil.Process) -> float:
    """Seconds of processor time, with those of the processes that it started and that have ended."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


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
