"""Deciding on items: submit, recall, endorse, sign off, return, revoke (R15, R16; cases 4, 16, 23, 25, 27).

A command on many items decides each on its own: what is refused is skipped and named, with every reason (case 23); if
none is left, the first refusal stands for all, and names them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from domain.authority import four_eyes, may, require
from domain.calendar import day_of
from domain.deviation import FOLD as DEVIATION
from domain.deviation import after_sign_off
from domain.errors import Refused, first_of
from domain.events.event import Event
from domain.events.item import (
    Bound,
    ItemEndorsed,
    ItemRecalled,
    ItemReturned,
    ItemSignedOff,
    ItemSubmitted,
    MilestoneStatusReported,
    SignOffRevoked,
)
from domain.item import FOLD as ITEM
from domain.item import Item, Stage, accountable, not_withdrawn, unchanged_since
from domain.measure import unconflicted
from domain.organisation import FOLD as ORGANISATION
from domain.report import is_stale
from domain.round import FOLD as ROUND
from domain.round import Round, accepting, parse_round, unit_deadline
from domain.round_steps import SIGN_OFF, next_step
from domain.subject import FOLD as SUBJECT
from domain.values import (
    Code,
    Digest,
    MilestoneStatus,
    SubjectId,
    UnitId,
    Words,
)
from domain.view import Act, View, nothing_erased

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitItems:
    """Hand items over for approval, exactly as shown. After the deadline `late_reason`; unchanged after a return
    `reply`.
    """

    round: str
    items: tuple[Bound, ...]
    late_reason: Words | None = None
    reply: Words | None = None


def submit_items(view: View, act: Act, command: SubmitItems) -> tuple[Event, ...]:
    """Errors: those of `_place`; `content-changed`, `item-not-in-draft`, `report-missing`, `evidence-missing`,
    `target-stale`, `reply-missing`, `late-reason-missing`.
    """

    def one(seen: Bound) -> tuple[Event, ...]:
        state, item, unit = _place(view, act, command.round, seen.subject)
        require(view, act, "submit-items", unit)
        if item.stage is Stage.SUBMITTED and item.submitted is not None and item.submitted.digest == seen.digest:
            return ()
        if item.stage not in (Stage.NOT_STARTED, Stage.DRAFT, Stage.RETURNED):
            raise Refused(
                "item-not-in-draft", f"The item is {item.stage}.", field="items", mend="Only a draft is submitted."
            )
        unchanged_since(command.round, seen, item)
        lacking = list(_lacking(view, command.round, state, seen.subject, item))
        if item.stage is Stage.RETURNED and command.reply is None:
            lacking.append(
                Refused(
                    "reply-missing",
                    "A returned item is submitted changed, or with a reply.",
                    field="reply",
                    rule="case 16",
                )
            )
        before = item.judged
        deadline = unit_deadline(state, seen.subject, item, day_of(act.at)) if before is None else before.deadline
        late = act.at >= deadline.instant if before is None else before.late
        if before is None and late and command.late_reason is None:
            lacking.append(
                Refused(
                    "late-reason-missing",
                    f"The deadline was {deadline.date}; say why this is late.",
                    field="late_reason",
                    rule="case 4",
                )
            )
        if lacking:
            raise first_of(lacking)
        submitted = ItemSubmitted(
            round=command.round,
            subject=seen.subject,
            revision=item.revision,
            digest=seen.digest,
            deadline=deadline,
            late=late,
            late_reason=command.late_reason if late and before is None else None,
            reply=command.reply if item.stage is Stage.RETURNED else None,
        )
        return (submitted,)

    return _each(view, command.round, command.items, lambda seen: seen.subject, one)


def _lacking(view: View, round_id: str, state: Round, subject: SubjectId, item: Item) -> Iterator[Refused]:
    """What keeps the content from being submitted."""
    report = item.content.report
    if report is None:
        yield Refused("report-missing", "There is no report to submit.", field="items", rule="PROCESS, item")
    claims = isinstance(report, MilestoneStatusReported) and report.status is MilestoneStatus.REACHED
    if claims and not item.content.evidence:
        yield Refused("evidence-missing", "What is reported as reached needs evidence.", field="items", rule="C04")
    if is_stale(view, round_id, state, subject, item):
        yield Refused(
            "target-stale",
            "A milestone changed after the target's light was chosen.",
            field="items",
            rule="PROCESS, target",
            mend="Report the target again.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallItems:
    """Take undecided items back into draft."""

    round: str
    subjects: tuple[SubjectId, ...]


def recall_items(view: View, act: Act, command: RecallItems) -> tuple[Event, ...]:
    """Errors: those of `_place`; `item-not-submitted`."""

    def one(subject: SubjectId) -> tuple[Event, ...]:
        _, item, unit = _place(view, act, command.round, subject)
        require(view, act, "recall-items", unit)
        if item.stage is Stage.DRAFT and item.submitted is not None:
            return ()
        if item.stage is not Stage.SUBMITTED:
            raise Refused(
                "item-not-submitted",
                f"The item is {item.stage}.",
                field="subjects",
                mend="Only the undecided is recalled.",
            )
        return (ItemRecalled(round=command.round, subject=subject, revision=item.revision),)

    return _each(view, command.round, command.subjects, lambda subject: subject, one)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndorseItems:
    """Agree with exactly what was submitted, in an earlier step of the chain than the sign-off."""

    round: str
    step: Code
    items: tuple[Bound, ...]


def endorse_items(view: View, act: Act, command: EndorseItems) -> tuple[Event, ...]:
    """Errors: those of `_place`; `unknown-step`, `step-not-due`, `item-not-submitted`, `already-signed-off`,
    `already-returned`, `content-changed`, `own-work`.
    """

    def one(seen: Bound) -> tuple[Event, ...]:
        state, item, unit = _place(view, act, command.round, seen.subject)
        chain = () if state.opened is None else state.opened.chain
        if command.step not in chain:
            raise Refused("unknown-step", f"There is no step {command.step!r}.", field="step")
        require(view, act, f"endorse-{command.step}", unit)
        if command.step in item.endorsed and item.stage is Stage.SUBMITTED:
            return ()
        _submitted_as_seen(view, command.round, seen, item)
        if chain[len(item.endorsed)] != command.step:
            raise Refused("step-not-due", f"First comes {chain[len(item.endorsed)]}.", field="step")
        four_eyes(act, item.preparers, "endorse")
        endorsed = ItemEndorsed(
            round=command.round, subject=seen.subject, revision=item.revision, step=command.step, digest=seen.digest
        )
        return (endorsed,)

    return _each(view, command.round, command.items, lambda seen: seen.subject, one)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOffItems:
    """Approve exactly what was shown: the director of the unit, or the head what has come there (R15, R16; case 27)."""

    round: str
    items: tuple[Bound, ...]


def sign_off_items(view: View, act: Act, command: SignOffItems) -> tuple[Event, ...]:
    """Errors: those of `_place`; `item-not-submitted`, `already-signed-off`, `already-returned`, `content-changed`,
    `own-work`, `step-not-due`, `words-erased`, `conflict-of-interest`.
    """

    def one(seen: Bound) -> tuple[Event, ...]:
        state, item, unit = _place(view, act, command.round, seen.subject)
        organisation = view.get(ORGANISATION)
        as_director = may(organisation, act, "sign-off-items", unit)
        at_the_head, step = state.at_the_head(unit, seen.subject), next_step(state, item)[0]
        # Whoever directs the unit, too, signs as its director, unless nobody takes a step before that.
        escalated = may(organisation, act, "sign-off-escalated-items") and (
            not as_director or (at_the_head and step != SIGN_OFF)
        )
        if escalated and not at_the_head:
            raise Refused(
                "not-escalated",
                f"{unit} decides; this has not come to the head.",
                rule="case 27",
                mend="It comes to you when the director's date passes or nobody may decide.",
            )
        require(view, act, "sign-off-escalated-items" if escalated else "sign-off-items", unit)
        if (
            item.stage is Stage.SIGNED_OFF
            and item.signer == act.by.id
            and item.signed
            and item.signed.digest == seen.digest
        ):
            return ()
        if item.stage is Stage.SIGNED_OFF:
            raise _signed_off(item)
        _submitted_as_seen(view, command.round, seen, item)
        if step != SIGN_OFF and not escalated:
            raise Refused("step-not-due", f"First comes {step}.", field="items", rule="PROCESS, item")
        four_eyes(act, item.preparers, "sign off")
        unconflicted(view, act, seen.subject, year)
        signed = ItemSignedOff(
            round=command.round, subject=seen.subject, revision=item.revision, digest=seen.digest, escalated=escalated
        )
        return (signed, *after_sign_off(view, year, command.round, unit, seen.subject, item))

    year, _ = parse_round(command.round)
    view.get_all(DEVIATION, [(year, each.subject) for each in command.items])
    view.get_all(SUBJECT, [(each.subject,) for each in command.items])
    return _each(view, command.round, command.items, lambda seen: seen.subject, one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Returning:
    """An item to give back, and why. `seen` and `stage` are the digest of its content and its stage as they were
    shown: where one of them is another by now, it isn't given back.
    """

    subject: SubjectId
    reason: Words
    seen: Digest | None = None
    stage: Stage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnItems:
    """Give items back to their unit, each with a reason; the others stay as they are."""

    round: str
    items: tuple[Returning, ...]


def return_items(view: View, act: Act, command: ReturnItems) -> tuple[Event, ...]:
    """Errors: those of `_place`; `item-not-submitted`, `already-signed-off`, `already-returned`, `stage-changed`,
    `content-changed`.
    """

    def one(named: Returning) -> tuple[Event, ...]:
        _, item, unit = _place(view, act, command.round, named.subject)
        require(view, act, "return-items", unit)
        event = ItemReturned(
            round=command.round, subject=named.subject, revision=item.revision, reason=named.reason, reopening=None
        )
        if item.stage is Stage.RETURNED and item.returned == event:
            return ()
        if item.stage not in (Stage.SUBMITTED, Stage.SIGNED_OFF):
            raise _not_submitted(item)
        if named.stage not in (None, item.stage):
            raise (
                _signed_off(item)
                if item.stage is Stage.SIGNED_OFF
                else Refused("stage-changed", f"The item is {item.stage} by now.", field="items", rule="PROCESS, item")
            )
        _content_seen(command.round, named.subject, named.seen, item)
        return (event,)

    return _each(view, command.round, command.items, lambda named: named.subject, one)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeSignOff:
    """Take a sign-off back, with a reason: the head, never the signer; a head's sign-off the director (case 25).

    `seen` is the digest of the content that was shown.
    """

    round: str
    subject: SubjectId
    reason: Words
    seen: Digest | None = None


def revoke_sign_off(view: View, act: Act, command: RevokeSignOff) -> tuple[Event, ...]:
    """Errors: those of `_place`; `not-signed-off`, `content-changed`, `own-signature`, `own-work`."""
    _, item, unit = _place(view, act, command.round, command.subject)
    event = SignOffRevoked(round=command.round, subject=command.subject, revision=item.revision, reason=command.reason)
    if item.stage is Stage.SUBMITTED and item.revoked == event:
        if not may(view.get(ORGANISATION), act, "revoke-head-sign-off", unit):
            require(view, act, "revoke-sign-off")
        return ()
    heads = item.signed is not None and item.signed.escalated
    require(view, act, "revoke-head-sign-off" if heads else "revoke-sign-off", unit if heads else None)
    if item.stage is not Stage.SIGNED_OFF:
        raise Refused("not-signed-off", f"The item is {item.stage}.", field="subject")
    _content_seen(command.round, command.subject, command.seen, item)
    if item.signer in (act.by.id, act.by.acting_for):
        raise Refused("own-signature", "Nobody revokes their own sign-off.", rule="case 25")
    four_eyes(act, item.preparers, "revoke")
    return (event,)


def _place(view: View, act: Act, round_id: str, subject: SubjectId) -> tuple[Round, Item, UnitId]:
    """The round, the item and its accountable unit. Errors: `window-not-open`, `round-not-open`, `not-in-scope`,
    `item-withdrawn`.
    """
    view.get(ORGANISATION)
    state = view.get(ROUND, round_id)
    scope = accepting(round_id, state, subject)
    item = view.get(ITEM, round_id, subject)
    not_withdrawn(subject, item)
    return state, item, accountable(item, scope.unit, day_of(act.at))


def _submitted_as_seen(view: View, round_id: str, seen: Bound, item: Item) -> None:
    if item.stage is not Stage.SUBMITTED or item.submitted is None:
        raise _signed_off(item) if item.stage is Stage.SIGNED_OFF else _not_submitted(item)
    unchanged_since(round_id, seen, item)
    if item.submitted.digest != seen.digest:
        raise Refused("content-changed", "This isn't what was submitted.", field="items", rule="R16")
    nothing_erased(view, ITEM.stream(round_id, seen.subject), item.content.report, *item.content.evidence)


def _content_seen(round_id: str, subject: SubjectId, digest: Digest | None, item: Item) -> None:
    if digest is not None:
        unchanged_since(round_id, Bound(subject=subject, revision=item.revision, digest=digest), item)


def _signed_off(item: Item) -> Refused:
    return Refused(
        "already-signed-off",
        f"{item.signer} has signed it off already.",
        field="items",
        rule="case 24",
        by=item.signer,
    )


def _not_submitted(item: Item) -> Refused:
    if item.stage is Stage.RETURNED:
        return Refused(
            "already-returned",
            f"{item.returner} has returned it already.",
            field="items",
            rule="PROCESS, item",
            by=item.returner,
        )
    return Refused("item-not-submitted", f"The item is {item.stage}.", field="items", rule="PROCESS, item")


def _each(
    view: View,
    round_id: str,
    items: Iterable[T],
    subject: Callable[[T], SubjectId],
    one: Callable[[T], tuple[Event, ...]],
) -> tuple[Event, ...]:
    """Decide each item on its own; skip and name what is refused, unless it is all."""
    named = list(items)
    if not named:
        raise Refused("items-missing", "Name at least one item.", field="items")
    if len({subject(each) for each in named}) != len(named):
        raise Refused("items-doubled", "Name each item once.", field="items")
    view.get_all(ITEM, [(round_id, subject(each)) for each in named])
    events: list[Event] = []
    refused: list[tuple[str, Refused]] = []
    for each in named:
        try:
            decided = one(each)
            view.decided(decided)
            events.extend(decided)
        except Refused as refusal:
            refused.append((subject(each), refusal))
    every = [(name, why) for name, refusal in refused for why in (refusal, *refusal.further)]
    if len(refused) == len(named):
        first = refused[0][1]
        first.skipped = tuple(every)
        raise first
    for name, why in every:
        view.skip(name, why)
    return tuple(events)
