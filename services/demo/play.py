"""Play the demo: open its ledger, let each stage act through the API, and let the calendar take what falls due."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import metadata

from domain.access import access_ledger
from domain.canonical import canonical
from domain.staffing import OpenLedger, Person
from domain.values import OPERATOR, Words
from services.commands import Handler, Request
from services.demo.clock import Clock
from services.demo.desk import Desk
from services.demo.people import ADMINISTRATORS
from services.demo.stage import START, Story
from services.demo.year import Stage

LEDGER = "keha"


@dataclass(slots=True, kw_only=True)
class Played:
    """What was played: each stage with the ledger's clock at its end."""

    desk: Desk
    stages: list[tuple[str, datetime]] = field(default_factory=list)


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
