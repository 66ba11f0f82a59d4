"""Which processes an event rings."""

from typing import Any

import pytest

from domain.clock import FOLD as CLOCK
from domain.doorbell import READ, processes, rings
from domain.events.agreement import AgreementSigned
from domain.events.clock import DemoClockAdvanced
from domain.events.cycle import CycleOpened
from domain.events.event import Event
from domain.events.item import ItemReassigned, ItemRecalled
from domain.events.organisation import AccountClosed, AgreementInForce, LedgerOpened
from domain.events.process import MailDelivered
from domain.events.round import RoundClosed, RoundOpened, RoundScopeFixed, ScopeItem
from domain.item import FOLD as ITEM
from domain.organisation import FOLD as ORGANISATION
from domain.round import FOLD as ROUND
from domain.values import SYSTEM, Date, Digest, PersonId, RoundKind, SubjectId, SubjectKind, UnitId, VersionId
from domain.view import Fact, Fold, Folded, View
from workflows.agency import HALF, VERSION, at

CYCLE, NORTH, SOUTH = "reporting-cycle/2024", f"submission/{HALF}/north", f"submission/{HALF}/south"
DIGEST = Digest("0" * 64)
NEXT = VersionId("try-2025.1")
IN_FORCE = AgreementInForce(version=VERSION, agreement="try", binding_year=2024, digest=DIGEST)
OPENED = RoundOpened(
    round=HALF,
    year=2024,
    kind=RoundKind.HALF_YEAR,
    version=VERSION,
    opens=at("2024-05-31 21:00"),
    deadlines=(),
    chain=(),
)


def scope(subject: str, unit: str) -> ScopeItem:
    return ScopeItem(subject=SubjectId(subject), kind=SubjectKind.MILESTONE, unit=UnitId(unit), target=None)


SCOPE = RoundScopeFixed(round=HALF, items=(scope("m-1", "north"), scope("m-2", "south")), not_due=())


def after(*events: Event) -> View:
    """A view of a ledger in which these happened."""
    folds: tuple[tuple[Fold[Any], tuple[str, ...]], ...] = (
        (ORGANISATION, ()),
        (CLOCK, ()),
        *((ROUND, (f"2024-{kind}",)) for kind in RoundKind),
        *((ITEM, (HALF, subject)) for subject in ("m-1", "m-2")),
    )
    loaded = {fold.stream(*ids): Folded(fold, 0, fold.initial()) for fold, ids in folds}
    for position, event in enumerate(events, 1):
        fact = Fact(event=event, by=SYSTEM, at=at("2024-06-01 00:00"), position=position)
        loaded[event.stream] = loaded[event.stream].then(fact)
    return View(loaded.get)


OPEN = (IN_FORCE, OPENED, SCOPE)


@pytest.mark.parametrize(
    ("event", "rung"),
    [
        (IN_FORCE, (CYCLE, f"signing/{VERSION}")),
        (AgreementSigned(version=NEXT, slot="agency-1", digest=DIGEST), (f"signing/{NEXT}",)),
        (CycleOpened(year=2024, version=VERSION), (CYCLE,)),
        (SCOPE, (CYCLE, NORTH, SOUTH)),
        (ItemRecalled(round=HALF, subject=SubjectId("m-2"), revision=1), (CYCLE, SOUTH)),
        (AccountClosed(person=PersonId("p"), valid_from=Date("2024-06-02")), (CYCLE, NORTH, SOUTH)),
        (DemoClockAdvanced(instant=at("2024-06-02 00:00")), (CYCLE, NORTH, SOUTH, f"signing/{NEXT}")),
        (MailDelivered(process=NORTH, reminder=4, attempts=1), ()),
        (
            LedgerOpened(
                ledger="try", agency="try", demo=True, zone="Europe/Helsinki", format="etappi-log/1", program="1"
            ),
            (),
        ),
    ],
    ids=lambda each: each.type if isinstance(each, Event) else "",
)
def test_an_event_rings_what_it_concerns(event: Event, rung: tuple[str, ...]) -> None:
    assert rings(after(*OPEN), event, (VERSION, NEXT)) == rung
    assert (event.type in READ) is bool(rung)


def test_a_reassigned_item_rings_both_units() -> None:
    moved = ItemReassigned(
        round=HALF,
        subject=SubjectId("m-2"),
        revision=1,
        from_unit=UnitId("south"),
        to_unit=UnitId("east"),
        valid_from=Date("2024-07-01"),
    )

    assert rings(after(*OPEN, moved), moved) == (CYCLE, SOUTH, f"submission/{HALF}/east")


def test_a_closed_round_has_no_submissions_left() -> None:
    assert processes(after(*OPEN, RoundClosed(round=HALF))) == (CYCLE,)
