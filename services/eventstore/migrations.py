"""The schema of the database, in numbered SQL files that are applied once each, in order."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import asyncpg

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x657461707069  # "etappi": one migration at a time in a database

_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_BOOKKEEPING = """
CREATE SCHEMA IF NOT EXISTS log;
CREATE TABLE IF NOT EXISTS log.migration (
    number integer PRIMARY KEY,
    name text NOT NULL,
    checksum bytea NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)"""
_APPLIED = "SELECT number, name, checksum FROM log.migration ORDER BY number"
_RECORD = "INSERT INTO log.migration (number, name, checksum) VALUES ($1, $2, $3)"


class MigrationRefused(RuntimeError):
    """The database and the migration files contradict each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One numbered file."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> bytes:
        """SHA-256 of its text."""
        return hashlib.sha256(self.sql.encode()).digest()


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """The files of `folder`, numbered 1, 2, 3, … Raises `MigrationRefused` where they aren't."""
    found = []
    for number, file in enumerate(sorted(folder.glob("*.sql")), start=1):
        match = _NAME.fullmatch(file.name)
        if match is None or int(match[1]) != number:
            raise MigrationRefused(f"{file.name} should be number {number:04}")
        found.append(Migration(number=number, name=file.name, sql=file.read_text(encoding="utf-8")))
    return found


async def migrate(owner_url: str, app_role: str = "etappi_app", folder: Path = FOLDER) -> int:
    """Apply what is missing, each file in a transaction of its own, and answer how many there were.

    Safe when several processes start at once: the others wait, and find nothing left. `app_role` is the login that the
    files give its rights to; it must exist. Raises `MigrationRefused` if an applied file has changed since, or if the
    database is newer than this program.
    """
    wanted = migrations(folder)
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(owner_url)
    try:
        # The lock belongs to the session: it ends with the connection, however this process ends.
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", app_role):
            raise MigrationRefused(f"the application's role, {app_role}, does not exist")
        await connection.execute(_BOOKKEEPING)
        applied = {row["number"]: row for row in await connection.fetch(_APPLIED)}
        missing = []
        for migration in wanted:
            row = applied.pop(migration.number, None)
            if row is None:
                missing.append(migration)
            elif (row["name"], row["checksum"]) != (migration.name, migration.checksum):
                raise MigrationRefused(f"{migration.name} has changed since it was applied as {row['name']}")
        if applied:
            raise MigrationRefused(f"the database has {', '.join(r['name'] for r in applied.values())}, unknown here")
        for migration in missing:
            async with connection.transaction():
                await connection.execute("SELECT set_config('etappi.app_role', $1, true)", app_role)
                await connection.execute(migration.sql)
                await connection.execute(_RECORD, migration.number, migration.name, migration.checksum)
        return len(missing)
    finally:
        await connection.close()
