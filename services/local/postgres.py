"""An embedded Postgres with two logins: the owner, who migrates, and the application.

The wheel's programs are run directly, not through its own helper: that opens every folder above the data to all
users when it runs as root, and ends processes by what their command line says.
"""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlsplit

import asyncpg

from services.local.installation import ENVIRONMENT, postgres_account, postgres_programs, run_to_end
from services.local.process import Account, Child, Program, ServerDidNotStart, exclusive_folder, running, watched

OWNER_ROLE = "etappi_owner"
APP_ROLE = "etappi_app"
DATABASE = "etappi"
START_SECONDS = 60.0

# A Unix socket's path ends at 104 bytes on some systems, and its name is `.s.PGSQL.5432`.
_SOCKET_FOLDER_LIMIT = 85
# Little memory, but nothing that weakens durability: a committed command must survive a power cut here, too.
_SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "work_mem": "4MB",
    "maintenance_work_mem": "32MB",
    "min_wal_size": "64MB",
    "max_wal_size": "512MB",
    "max_worker_processes": "4",
    "max_parallel_workers": "2",
    "autovacuum_max_workers": "2",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresUrls:
    """Where a database is: `owner` migrates it (DATABASE_OWNER_URL), `app` is the service (DATABASE_URL).

    Two logins with a password each, since SET ROLE can be undone by whoever did it. `owner` may create databases.
    """

    owner: str
    app: str
    pid: int

    def for_database(self, name: str) -> "PostgresUrls":
        """The same server and logins, another database."""
        owner, app = (urlsplit(url)._replace(path=f"/{name}").geturl() for url in (self.owner, self.app))
        return replace(self, owner=owner, app=app)


@contextlib.asynccontextmanager
async def embedded_postgres(folder: Path) -> AsyncIterator[PostgresUrls]:
    """Run Postgres with its data in `folder` until the context ends; the first time, make them.

    Raises `FolderInUse`, `FolderUnreachable` (only as root), `ServerDidNotStart`, or `ServerEnded` out of the body.
    """
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(exclusive_folder(folder))
        account = postgres_account()
        programs = postgres_programs(folder, account)
        passwords = _passwords(folder / "passwords.json")
        await asyncio.to_thread(_create_cluster, folder, programs, account, passwords["postgres"])
        socket = stack.enter_context(_socket_folder(folder, account))
        program = Program(
            name="Postgres",
            command=[programs / "postgres", "-D", folder / "data", *_flags(socket)],
            log=folder / "log",
            folder=folder,
            environment=ENVIRONMENT,
            account=account,
            # Fast shutdown (ends sessions), then immediate shutdown (recovers at the next start).
            stop=((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0)),
        )
        async with running(program) as child:
            connection = await _connect(child, _url("postgres", passwords["postgres"], "postgres", socket))
            try:
                await _create_roles_and_database(connection, passwords)
            finally:
                await connection.close()
            urls = PostgresUrls(
                owner=_url(OWNER_ROLE, passwords[OWNER_ROLE], DATABASE, socket),
                app=_url(APP_ROLE, passwords[APP_ROLE], DATABASE, socket),
                pid=child.pid,
            )
            async with watched(child):
                yield urls


def _passwords(file: Path) -> dict[str, str]:
    """The logins' passwords, made at the first start, for our eyes only."""
    if not file.exists():
        made = {role: secrets.token_hex(24) for role in ("postgres", OWNER_ROLE, APP_ROLE)}
        draft = file.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(made), encoding="ascii")
        draft.rename(file)
    read: dict[str, str] = json.loads(file.read_text(encoding="ascii"))
    return read


def _create_cluster(folder: Path, programs: Path, account: Account | None, password: str) -> None:
    """Make the data folder if there is none, whole or not at all."""
    if (folder / "data").exists():
        made_by = (folder / "data" / "PG_VERSION").read_text(encoding="ascii").strip()
        version = run_to_end([programs / "postgres", "--version"], folder, account).split()[-1].split(".")[0]
        if made_by != version:
            raise ServerDidNotStart(f"{folder} was made by Postgres {made_by} and can't be read by {version}.")
        return
    draft = folder / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    with tempfile.NamedTemporaryFile("w", dir=folder, encoding="ascii") as password_file:
        password_file.write(password)
        password_file.flush()
        if account is not None:
            os.chown(draft, account.uid, account.gid)
            os.chown(password_file.name, account.uid, account.gid)
        flags = ["--username=postgres", f"--pwfile={password_file.name}", "--auth=scram-sha-256", "--encoding=UTF8"]
        # The same order of text on every system; people's alphabets are sorted outside the database.
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        run_to_end([programs / "initdb", "-D", draft, *flags, *locale], folder, account)
    draft.rename(folder / "data")


@contextlib.contextmanager
def _socket_folder(folder: Path, account: Account | None) -> Iterator[Path]:
    """A folder for the socket: beside the data, or below the temporary folder where that path is too long."""
    with contextlib.ExitStack() as stack:
        socket = folder / "socket"
        if len(os.fsencode(socket)) > _SOCKET_FOLDER_LIMIT:
            socket = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="etappi-")))
        socket.mkdir(mode=0o700, exist_ok=True)
        if account is not None:
            os.chown(socket, account.uid, account.gid)
        yield socket


def _flags(socket: Path) -> list[str]:
    settings = _SETTINGS | {"port": "5432", "unix_socket_directories": str(socket)}
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _url(role: str, password: str, database: str, socket: Path) -> str:
    # The port is written out, or a PGPORT in the environment would change which socket is meant.
    return f"postgresql://{role}:{password}@/{database}?host={quote(str(socket))}&port=5432"


async def _connect(child: Child, url: str) -> "asyncpg.Connection[asyncpg.Record]":
    """The first connection that the starting server accepts."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return await asyncpg.connect(url, timeout=5)
        except (OSError, asyncpg.CannotConnectNowError, TimeoutError) as error:
            child.require_running()
            if time.monotonic() > deadline:
                raise ServerDidNotStart(f"Postgres didn't answer within {START_SECONDS:.0f} s.") from error
            await asyncio.sleep(0.02)


async def _create_roles_and_database(
    connection: "asyncpg.Connection[asyncpg.Record]", passwords: dict[str, str]
) -> None:
    """Make what is missing, so that a start that was cut short is finished by the next one."""
    for role, rights in ((OWNER_ROLE, "CREATEDB"), (APP_ROLE, "NOCREATEDB")):
        if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
            template = "CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEROLE %s PASSWORD %L"
            # A password in a statement that failed would be logged.
            await connection.execute("SET log_min_error_statement = panic")
            statement = await connection.fetchval(
                "SELECT format($1, $2::text, $3::text, $4::text)", template, role, rights, passwords[role]
            )
            await connection.execute(statement)
    if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
        await connection.execute(
            await connection.fetchval(
                "SELECT format('CREATE DATABASE %I OWNER %I', $1::text, $2::text)", DATABASE, OWNER_ROLE
            )
        )
