"""Opening again what was delivered: by the ministry or by a supplement; corrections of items (cases 11, 16)."""

from dataclasses import dataclass

from domain.agency_report import items_of, opening_of
from domain.authority import require
from domain.calendar import day_of, deadline
from domain.errors import Refused
from domain.events.event import Event
from domain.events.item import (
    CorrectionAbandoned,
    CorrectionStarted,
    ItemReturned,
)
from domain.events.round import (
    DeliveryReturned,
    ReturnedItem,
    SupplementOpened,
)
from domain.item import FOLD as ITEM
from domain.item import Item, Stage, accountable, not_withdrawn
from domain.organisation import FOLD as ORGANISATION
from domain.proposal import sound_id
from domain.round import FOLD as ROUND
from domain.round import Round, scoped
from domain.round import Stage as RoundStage
from domain.round_steps import closes_at
from domain.values import (
    Date,
    Deadline,
    DeadlineKind,
    Id,
    Reference,
    SubjectId,
    SubjectKind,
    UnitId,
    Words,
)
from domain.view import Act, View


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDelivery:
    """The ministry returns named items with reasons and one date for the redelivery; the others stand (case 16).

    `reference`: its letter, where there is one.
    """

    round: str
    reopening: Id
    items: tuple[ReturnedItem, ...]
    redeliver_by: Date
    reference: Reference | None = None


def return_delivery(view: View, act: Act, command: ReturnDelivery) -> tuple[Event, ...]:
    """Errors: `not-delivered`, `reopening-exists`, `items-missing`, `target-not-named`, `date-in-the-past`,
    `item-withdrawn`.
    """
    require(view, act, "return-delivery")
    by = _date(command)
    returned = DeliveryReturned(
        round=command.round,
        reopening=command.reopening,
        items=command.items,
        redeliver_by=by,
        reference=command.reference,
    )
    if _reopened_already(view, returned):
        return ()
    items = _reopens(view, act, command, (RoundStage.DELIVERED,))
    closes = closes_at(view, command.round)
    if closes is not None and act.at >= closes:
        raise Refused(
            "round-not-open",
            f"{command.round} closed on {day_of(closes)}; the ministry returns nothing any more.",
            rule="PROCESS, round",
            mend="The agency may open a supplement.",
        )
    for each in command.items:
        if items[each.subject].stage is not Stage.DELIVERED:
            raise Refused("not-delivered", f"{each.subject!r} was not delivered.", field="items")
    return (
        returned,
        *(
            ItemReturned(
                round=command.round,
                subject=each.subject,
                revision=items[each.subject].highest + 1,
                reason=each.reason,
                reopening=command.reopening,
            )
            for each in command.items
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSupplement:
    """Open named items again after the delivery, to fill a gap or to correct (case 11)."""

    round: str
    reopening: Id
    items: tuple[ReturnedItem, ...]
    redeliver_by: Date


def open_supplement(view: View, act: Act, command: OpenSupplement) -> tuple[Event, ...]:
    """Errors: as `return_delivery`."""
    require(view, act, "open-supplement")
    by = _date(command)
    opened = SupplementOpened(round=command.round, reopening=command.reopening, items=command.items, redeliver_by=by)
    if _reopened_already(view, opened):
        return ()
    _reopens(view, act, command, (RoundStage.DELIVERED, RoundStage.CLOSED))
    return (opened,)


def _reopens(
    view: View, act: Act, command: ReturnDelivery | OpenSupplement, stages: tuple[RoundStage, ...]
) -> dict[SubjectId, Item]:
    state = view.get(ROUND, command.round)
    sound_id(command.reopening, "reopening")
    if state.stage not in stages:
        raise Refused("not-delivered", f"{command.round} is {state.stage}.", rule="PROCESS, round")
    named = {each.subject for each in command.items}
    if not named or len(named) != len(command.items):
        raise Refused("items-missing", "Name at least one item, each once.", field="items")
    items = items_of(view, command.round, state)
    for subject in sorted(named):
        scope = scoped(command.round, state, subject)
        not_withdrawn(subject, items[subject])
        if scope.target is None or scope.target in named:
            continue
        if scope.kind is SubjectKind.MILESTONE and items[scope.target].stage is Stage.DELIVERED:
            raise Refused(
                "target-not-named",
                f"{subject!r} is a milestone of {scope.target!r}, whose light rests on it: name that, too.",
                field="items",
                rule="PROCESS, correction",
            )
    if command.redeliver_by < day_of(act.at):
        raise Refused("date-in-the-past", "The date for the redelivery is past.", field="redeliver_by")
    return items


def _date(command: ReturnDelivery | OpenSupplement) -> Deadline:
    return deadline(DeadlineKind.DELIVERY, command.redeliver_by, rolls=False, policy=f"reopening/{command.reopening}")


def _reopened_already(view: View, event: DeliveryReturned | SupplementOpened) -> bool:
    present = view.get(ROUND, event.round).reopenings.get(event.reopening)
    if present is None:
        return False
    if present == event:
        return True
    raise Refused("reopening-exists", f"There was a reopening {event.reopening!r} already.", field="reopening")


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCorrection:
    """Open a delivered item that a supplement names, as its next revision."""

    round: str
    subject: SubjectId
    reason: Words


def start_correction(view: View, act: Act, command: StartCorrection) -> tuple[Event, ...]:
    """Errors: `no-supplement`, `not-delivered`, `not-in-scope`, `item-withdrawn`."""
    state, item, unit = _item(view, act, command.round, command.subject)
    require(view, act, "start-correction", unit)
    if state.reopening is None or not state.accepts(command.subject):
        raise Refused(
            "no-supplement",
            "No open supplement names this item.",
            field="subject",
            rule="case 11",
            mend="The coordinator opens one.",
        )
    if item.correcting and item.stage is Stage.DRAFT:
        return ()
    if item.stage is not Stage.DELIVERED:
        raise Refused("not-delivered", f"The item is {item.stage}.", field="subject")
    started = CorrectionStarted(
        round=command.round,
        subject=command.subject,
        revision=item.highest + 1,
        reopening=state.reopening.id,
        reason=command.reason,
    )
    return (started,)


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonCorrection:
    """Give a correction up; the delivered revision holds on."""

    round: str
    subject: SubjectId
    reason: Words


def abandon_correction(view: View, act: Act, command: AbandonCorrection) -> tuple[Event, ...]:
    """Errors: `no-correction`, `returned-by-ministry`, `round-not-open`, `item-withdrawn`."""
    state, item, unit = _item(view, act, command.round, command.subject)
    require(view, act, "abandon-correction", unit)
    if item.stage is Stage.DELIVERED and item.abandoned is not None and item.abandoned.reason == command.reason:
        return ()
    if not item.correcting or item.delivered is None:
        raise Refused("no-correction", "No correction of this item is under way.", field="subject")
    if not state.accepts(command.subject):
        raise Refused("round-not-open", f"{command.round} is {state.stage}.", rule="PROCESS, round")
    if state.reopening is not None and state.reopening.by_ministry:
        raise Refused(
            "returned-by-ministry", "The ministry returned this item.", field="subject", mend="Submit it with a reply."
        )
    abandoned = CorrectionAbandoned(
        round=command.round, subject=command.subject, revision=item.delivered.revision, reason=command.reason
    )
    return (abandoned,)


def _item(view: View, act: Act, round_id: str, subject: SubjectId) -> tuple[Round, Item, UnitId]:
    view.get(ORGANISATION)
    state = view.get(ROUND, round_id)
    opening_of(round_id, state)
    scope = scoped(round_id, state, subject)
    item = view.get(ITEM, round_id, subject)
    not_withdrawn(subject, item, "subject")
    return state, item, accountable(item, scope.unit, day_of(act.at))
