"""Play the demo: open its ledger, let each stage act through the API, and let the calendar take what falls due."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import metadata

from domain.access import access_ledger
from domain.canonical import canonical
from domain.clock import AdvanceDemoClock
from domain.staffing import OpenLedger, Person
from domain.values import OPERATOR, Words
from services.commands import Handler, Request
from services.demo.desk import Desk
from services.demo.people import ADMINISTRATORS
from services.demo.stage import START, Story
from services.demo.year import Stage

LEDGER = "keha"
Settle = Callable[[], Awaitable[None]]
NextOwed = Callable[[], Awaitable[datetime | None]]


@dataclass(slots=True, kw_only=True)
class Played:
    """What was played: each stage with the ledger's clock at its end."""

    desk: Desk
    stages: list[tuple[str, datetime]] = field(default_factory=list)


class Clock:
    """The demo's clock: it steps at most to what is owed next, and only when nothing is owed."""

    def __init__(self, handler: Handler, settle: Settle, next_owed: NextOwed) -> None:
        """`settle` waits until nothing is owed, `next_owed` tells when something will be."""
        self._handler = handler
        self._settle = settle
        self._next_owed = next_owed

    async def advance(self, moment: datetime) -> None:
        """Go to a moment, from one thing that falls due to the next."""
        await self._settle()
        while (due := await self._next_owed()) is not None and due < moment:
            await self.set(due)
            await self._settle()
        await self.set(moment)
        await self._settle()

    async def set(self, instant: datetime) -> None:
        """Set the clock, as the operator."""
        key, command = f"clock-{instant.isoformat()}", AdvanceDemoClock(instant=instant)
        await self._handler.handle(Request(ledger=LEDGER, by=OPERATOR, key=key, command=command, received_at=instant))


async def open_ledger(handler: Handler, clock: Clock, issuer: str) -> None:
    """The operator opens the demo's ledger with its two administrators."""
    for ledger in (LEDGER, access_ledger(LEDGER)):
        await handler.store.create_ledger(ledger, demo=True)
    people = tuple(
        Person(
            person=each.id,
            name=Words(each.name),
            contact=Words(each.contact),
            login=Words(canonical({"issuer": issuer, "subject": each.account}).decode()),
            language=each.language,
        )
        for each in ADMINISTRATORS
    )
    opening = OpenLedger(
        ledger=LEDGER, agency=LEDGER, demo=True, administrators=people, program=metadata.version("etappi")
    )
    await handler.handle(Request(ledger=LEDGER, by=OPERATOR, key="open", command=opening, received_at=START))
    await clock.set(START)


async def play(story: Story, stages: Sequence[Stage], beginning: Callable[[str], None]) -> Played:
    """Let the stages follow one another; `beginning` is told the name of each."""
    played = Played(desk=story.desk)
    for stage in stages:
        beginning(stage.name)
        await stage.play(story)
        played.stages.append((stage.name, story.now))
    return played
