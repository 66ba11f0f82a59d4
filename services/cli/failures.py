"""What goes wrong outside the program, told in one line: no traceback, and a status that isn't 0."""

import contextlib
from collections.abc import Iterator

import asyncpg
import httpx2
import typer
from pydantic import ValidationError

from domain.errors import Refused
from services.eventstore.append import AppendRefused
from services.eventstore.read import LogBroken
from services.local import FolderInUse, FolderUnreachable, ServerDidNotStart
from services.restore import CannotCompare
from services.seal import KeyUnusable


class CannotRun(RuntimeError):
    """A command can't be carried out as the installation is; the message says why, and what to do."""


class Unusable(CannotRun):
    """What was given to a command can't be used, and it has to be given otherwise; as for an option that is none."""


_TOLD = (
    AppendRefused,
    CannotCompare,
    CannotRun,
    FolderInUse,
    FolderUnreachable,
    KeyUnusable,
    OSError,
    ServerDidNotStart,
)
_NOT_MIGRATED = (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.UndefinedFunctionError)
POSTGRES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError)
"""What asyncpg raises where it can't connect."""


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Tell what is known to go wrong in one line on standard error, and end with 1, or 2 for what can't be used.

    Faults of the program pass.
    """
    try:
        yield
    except BaseException as error:
        line = _line(error)
        if line is None:
            raise
        typer.echo(line, err=True)
        raise SystemExit(2 if isinstance(error, Unusable) else 1) from None


def unreachable_database(name: str, error: BaseException) -> CannotRun:
    """Why the database that a setting names can't be used. A faulty address isn't quoted: it may hold a password."""
    if isinstance(error, ValueError):
        return CannotRun(f"{name} is no address of a database, such as postgresql://user:password@host:5432/etappi.")
    return CannotRun(f"The database that {name} names can't be reached: {_first(error)}")


def _line(error: BaseException) -> str | None:
    if isinstance(error, BaseExceptionGroup):
        lines = [_line(each) for each in error.exceptions]
        return None if None in lines else lines[0]
    if isinstance(error, Refused):
        return f"{error.code}: {error.message} {error.mend or ''}".rstrip()
    if isinstance(error, ValidationError) and error.title == "Settings":
        return "; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors(include_input=False))
    if isinstance(error, LogBroken):
        return (
            f"The log isn't what it was: {error}. Keep everything as it is and see docs/runbook.md: after a restore, "
            "`etappi ledger resume` says what is lost and goes on; otherwise somebody has changed the log."
        )
    if isinstance(error, _TOLD):
        return str(error)
    if isinstance(error, _NOT_MIGRATED):
        return "The database isn't up to date. Run `etappi migrate` first."
    if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError):
        return f"The database fails: {_first(error)}"
    if isinstance(error, httpx2.HTTPError | httpx2.InvalidURL):
        return f"The API can't be reached: {_first(error)}. Is it served at the address that --url or ETAPPI_URL names?"
    return None


def _first(error: BaseException) -> str:
    """The first line of what an error says."""
    return (str(error).splitlines() or [type(error).__name__])[0]
