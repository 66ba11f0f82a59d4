"""`etappi ledger rotate-key, record, resume`: what operators do to an installation, recorded in its ledgers (C18)."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from domain.attestation import RecordOperation
from domain.events.attestation import Operation
from domain.values import OPERATOR, Words
from services.cli.failures import CannotRun
from services.cli.processes import configured, required
from services.cli.stack import Stack, stack
from services.commands import Request
from services.restore import loss_of
from services.restore import resume as resume_ledger
from services.seal import rotate

Ledger = Annotated[str, typer.Argument(help="The ledger: `etappi ledger list` names all.")]
Reason = Annotated[str, typer.Option(help="Why; kept in the ledger.")]
By = Annotated[str, typer.Option("--by", help="Who did it: a person's name.")]


class Recordable(StrEnum):
    """What is recorded by hand: a restore that lost something is recorded by `etappi ledger resume`."""

    REBUILD = Operation.REBUILD
    DIRECT_ACCESS = Operation.DIRECT_ACCESS
    MIGRATION = Operation.MIGRATION


def rotate_key(
    ledgers: Annotated[list[str], typer.Argument(metavar="LEDGER...", help="One or several: each has a key.")],
    reason: Reason,
) -> None:
    """Record that ledgers are sealed with the key at hand (ETAPPI_SEAL_KEY) from now on, in place of the former one."""

    async def recorded(parts: Stack) -> None:
        for ledger in ledgers:
            done = await rotate(parts.handler, ledger, parts.seal_key(), parts.origin(ledger), Words(reason))
            said = "is sealed with this key already" if done.unchanged else "is sealed with this key from now on"
            typer.echo(f"{ledger} {said}")

    _run(recorded, *ledgers)


def record(
    ledger: Ledger,
    operation: Annotated[Recordable, typer.Option(help="What was done.")],
    by: By,
    reason: Reason,
    at: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z"], help="When: 2024-06-09T12:00:00+0300; else now."),
    ] = None,
) -> None:
    """Record what was done to the installation: a rebuild, direct access to the database, a migration."""

    async def recorded(parts: Stack) -> None:
        command = RecordOperation(
            operation=Operation(operation),
            performed_at=await parts.handler.now(ledger) if at is None else at.astimezone(UTC),
            performed_by=Words(by),
            reason=Words(reason),
        )
        done = await parts.handler.handle(
            Request(
                ledger=ledger, by=OPERATOR, key=secrets.token_hex(16), command=command, received_at=datetime.now(UTC)
            )
        )
        typer.echo(f"recorded in {ledger} at position {done.last}")

    _run(recorded, ledger)


def resume(
    ledger: Ledger,
    by: By,
    reason: Reason,
    *,
    after_restore: Annotated[
        bool, typer.Option("--after-restore", help="Say that events are lost, and that nothing more can be had.")
    ] = False,
) -> None:
    """After a restore to an earlier point: record what is lost, set the followers back, and let it be sealed again.

    First it erases again what was erased since; with DATABASE_OWNER_URL set also where that is lost.
    """

    async def resumed(parts: Stack) -> None:
        await parts.erase_again()
        loss = await loss_of(parts.pool, parts.seal, ledger, parts.seal_key())
        if loss is None:
            typer.echo(f"{ledger}: nothing is lost that isn't recorded")
            return
        lost = f"{loss.lost} of the {loss.sealed} sealed events of {ledger} are lost, all behind position {loss.agreed}"
        if not after_restore:
            raise CannotRun(f"{lost}. If no later backup has them, give the command again with --after-restore.")
        behind = await resume_ledger(
            parts.handler, parts.pool, parts.readmodels, ledger, loss, by=Words(by), reason=Words(reason)
        )
        typer.echo(f"{lost}; recorded. Followers set back: {', '.join(behind) or 'none'}")

    _run(resumed, ledger)


def _run(job: Callable[[Stack], Awaitable[None]], *ledgers: str) -> None:
    """Do it over the parts, if there are these ledgers."""
    settings = configured(quiet=True)

    async def running() -> None:
        async with stack(settings, required(settings, "database_url"), "localhost:7233") as parts:
            there = await parts.store.ledgers()
            for ledger in ledgers:
                if ledger not in there:
                    raise CannotRun(f"There is no ledger {ledger!r}. `etappi ledger list` names all.")
            await job(parts)

    asyncio.run(running())
