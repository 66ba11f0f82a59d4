"""Which positions of a ledger lie within a scope: what a bundle shows, and what it passes over."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.values import SubjectId
from services.eventstore.connections import Connection, Pool
from services.eventstore.read import positions_of, positions_of_types, read_under, streams
from verifier.scope import Period, Sample, Scope, Submission, Target, WholeLedger, draw, holds, subjects


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """The positions of a scope, ascending. Of those in `headers` only the header is shown."""

    positions: Sequence[int]
    headers: frozenset[int] = frozenset()


async def within(connection: Connection | Pool, ledger: str, scope: Scope, size: int) -> Within:
    """The positions of a scope among the first `size` events."""
    match scope:
        case WholeLedger():
            return Within(positions=range(1, size + 1))
        case Period():
            return Within(positions=range(scope.first, scope.last + 1))
        case Sample():
            typed = await positions_of_types(connection, ledger, scope.types, scope.first, scope.last)
            found = draw(scope, typed)
            return Within(positions=sorted(found.drawn | found.passed_over), headers=found.passed_over)
        case _:
            return await _of_streams(connection, ledger, scope, size)


async def about(connection: Connection | Pool, ledger: str, scope: Scope, size: int) -> frozenset[SubjectId]:
    """The subjects that a scope is about, by the first `size` events; none where it is the ledger, or a part of it."""
    defining = await read_under(connection, ledger, _defined_in(scope), size)
    return frozenset(map(SubjectId, subjects(scope, defining)))


async def _of_streams(connection: Connection | Pool, ledger: str, scope: Scope, size: int) -> Within:
    found = await about(connection, ledger, scope, size)
    wanted = [each for each in await streams(connection, ledger) if holds(scope, found, each)]
    return Within(positions=[at for at, _ in await positions_of(connection, ledger, wanted, size)])


def _defined_in(scope: Scope) -> tuple[str, ...]:
    """Where events lie that say which subjects a scope is about, so that no other streams are read for them."""
    match scope:
        case Target():
            return ("agreement/",)
        case Submission():
            return (f"round/{scope.round}", f"item/{scope.round}/")
        case _:
            return ()
