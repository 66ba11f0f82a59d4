"""Child processes that end when we do, and folders that only one process uses at a time."""

import asyncio
import atexit
import contextlib
import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

import psutil


class FolderInUse(RuntimeError):
    """Another process runs a server on the same folder."""


class ServerDidNotStart(RuntimeError):
    """A server ended, or did not answer, before it was ready."""


class ServerEnded(ServerDidNotStart):
    """A server ended while it was needed."""


WATCH_SECONDS = 0.2
_PR_SET_PDEATHSIG = 1


@contextlib.contextmanager
def exclusive_folder(folder: Path) -> Iterator[Path]:
    """Hold `folder` for this process alone, and give its absolute path.

    The kernel frees it when the process ends, however it ends.
    Raises `FolderInUse`, naming the process that holds it.
    """
    folder = folder.absolute()
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        # Run as root, a server may be another user, who must be able to pass through, whatever our umask.
        for path in missing:
            path.chmod(0o711)
    with (folder / "lock").open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise FolderInUse(
                f"{folder} is in use by process {holder}, which runs a server on it. "
                "Stop that one first, or choose another folder (ETAPPI_DATA)."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The operating system's user that a child runs as."""

    uid: int
    gid: int


class AccountOptions(TypedDict):
    """The options of `subprocess` that say whom a child runs as."""

    user: int | None
    group: int | None
    extra_groups: list[int] | None


def run_as(account: Account | None) -> AccountOptions:
    """Run a child as `account`, without our groups; or as ourselves."""
    if account is None:
        return AccountOptions(user=None, group=None, extra_groups=None)
    return AccountOptions(user=account.uid, group=account.gid, extra_groups=[])


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """How to start a child and how to end it.

    `environment` is all that the child sees of ours: no secret, and no variable that changes how it behaves.
    `stop` are signals with the seconds that each is given before the next is sent; SIGKILL comes last.
    """

    name: str
    command: Sequence[str | Path]
    log: Path
    folder: Path
    environment: Mapping[str, str]
    account: Account | None = None
    stop: Sequence[tuple[signal.Signals, float]] = field(default=((signal.SIGTERM, 10.0),))


class Child:
    """A running child process."""

    def __init__(self, program: Program, process: subprocess.Popen[bytes]) -> None:
        self.program = program
        self._process = process

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._process.pid

    @property
    def code(self) -> int | None:
        """The code that it ended with; None while it runs."""
        return self._process.poll()

    def require_running(self) -> None:
        """Raise `ServerDidNotStart` with the end of its log, if it has ended."""
        code = self._process.poll()
        if code is not None:
            raise ServerDidNotStart(
                f"{self.program.name} ended with code {code} before it was ready. "
                f"{self.program.log} ends with:\n{log_tail(self.program.log)}"
            )

    async def end(self) -> None:
        """Ask it to end, more and more firmly, and wait until it has; also when cancelled meanwhile."""
        for number, patience in (*self.program.stop, (signal.SIGKILL, 10.0)):
            if self._process.poll() is not None:
                return
            self._process.send_signal(number)
            waiting = asyncio.to_thread(self._wait, patience)
            try:
                await waiting
            except asyncio.CancelledError:
                # A second Ctrl-C doesn't leave a server behind: block, for as long as the signal's patience.
                self._wait(patience)
                raise

    def end_now(self) -> None:
        """As `end`, blocking; for the interpreter's exit, when no event loop is left."""
        for number, patience in (*self.program.stop, (signal.SIGKILL, 10.0)):
            if self._process.poll() is None:
                self._process.send_signal(number)
                self._wait(patience)

    def _wait(self, patience: float) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)


@contextlib.asynccontextmanager
async def running(program: Program) -> AsyncIterator[Child]:
    """Run `program` until the context ends. Its folder must be held by `exclusive_folder`."""
    await asyncio.to_thread(_end_orphan, program)
    with program.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603, ASYNC220 (our own command; starting doesn't block)
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=program.folder,
            env=program.environment,
            # Ctrl-C at a terminal reaches only us, so that we close our connections before the server goes.
            start_new_session=True,
            # Where the kernel can, it ends with us also when we are killed.
            preexec_fn=tied_to_us(program),  # noqa: PLW1509 (it only makes a system call)
            **run_as(program.account),
        )
    child = Child(program, process)
    atexit.register(child.end_now)
    try:
        _remember(program, child.pid)
        yield child
    finally:
        await child.end()
        atexit.unregister(child.end_now)
        _pid_file(program).unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def watched(child: Child) -> AsyncIterator[None]:
    """End the body when the server ends. Raises `ServerEnded`, which names it and its log."""
    body = asyncio.current_task()
    ended = False

    async def watch() -> None:
        nonlocal ended
        while child.code is None:  # noqa: ASYNC110 (it is no task of ours that ends)
            await asyncio.sleep(WATCH_SECONDS)
        # Whoever is being stopped anyway isn't told that the server was stopped, too.
        if body is not None and not body.cancelling():
            ended = True
            body.cancel()

    watching = asyncio.create_task(watch())
    try:
        yield
    except BaseException as error:
        # What the body failed with may be noticed before the end of the server that it comes from.
        if not ended and (not isinstance(error, Exception | BaseExceptionGroup) or child.code is None):
            raise
        if ended and body is not None:
            body.uncancel()
        raise ServerEnded(
            f"{child.program.name} ended with code {child.code} while it was needed. Its log is {child.program.log}."
        ) from error
    finally:
        watching.cancel()


def tied_to_us(program: Program) -> Callable[[], None] | None:
    """What a new child does so that the kernel asks it to end when we are gone; nothing where there is no such call."""
    if sys.platform != "linux":
        return None
    prctl, parent, number = ctypes.CDLL(None).prctl, os.getpid(), int(program.stop[0][0])

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return tie


def log_tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log file."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def _pid_file(program: Program) -> Path:
    return program.folder / f"{program.name.lower()}.pid"


def _remember(program: Program, pid: int) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        known = [pid, psutil.Process(pid).create_time(), *program.stop]
        _pid_file(program).write_text(json.dumps(known), encoding="ascii")


def end_orphans(folder: Path) -> None:
    """End all servers that a killed process left on `folder` or a folder in it; before anything there is deleted."""
    for file in (*folder.glob("*.pid"), *folder.glob("*/*.pid")):
        _end_by(file)


def _end_orphan(program: Program) -> None:
    """End the server that an earlier process of ours left on this folder when it was killed."""
    _end_by(_pid_file(program))


def _end_by(file: Path) -> None:
    """End the process that a file names.

    Process id and start time together name one process for good: a reused id is never ended.
    """
    try:
        pid, started, *stop = json.loads(file.read_text(encoding="ascii"))
        orphan = psutil.Process(pid)
        if orphan.create_time() != started:
            return
        for number, patience in (*stop, (signal.SIGKILL, 10.0)):
            orphan.send_signal(number)
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline:
                # Ended, but not yet collected by the process that inherited it.
                if orphan.status() == psutil.STATUS_ZOMBIE:
                    return
                time.sleep(0.02)
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return
