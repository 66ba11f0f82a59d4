"""Engagements of auditors: for which body, scope and period they look, and who may look at what today.

What they find stands in finding.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from domain.authority import require
from domain.errors import Refused
from domain.events.engagement import (
    ENGAGEMENTS,
    AuditBody,
    EngagementClosed,
    EngagementOpened,
)
from domain.events.event import Event
from domain.findings import FINDINGS
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import known_person
from domain.proposal import in_order, sound_id
from domain.values import Date, Id, PersonId, Role, SubjectId, Words
from domain.view import Act, Fact, Fold, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagements:
    """All engagements of a ledger, and which of them are closed."""

    opened: Mapping[str, EngagementOpened] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()

    def of(self, person: PersonId, day: Date) -> tuple[EngagementOpened, ...]:
        """The engagements in force on a day in which a person audits."""
        return tuple(
            each
            for each in self.opened.values()
            if person in each.auditors
            and each.engagement not in self.closed
            and each.valid_from <= day <= each.valid_to
        )


def evolve(state: Engagements, fact: Fact) -> Engagements:
    """The engagements one event later."""
    match fact.event:
        case EngagementOpened() as event:
            return replace(state, opened={**state.opened, event.engagement: event})
        case EngagementClosed() as event:
            return replace(state, closed=state.closed | {event.engagement})
        case _:
            return state


FOLD = Fold(ENGAGEMENTS, Engagements, evolve)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What an auditor may look at now: by engagement in force its subjects, none where it is about the whole ledger."""

    engaged: Mapping[str, frozenset[SubjectId]] = field(default_factory=dict)

    def covers(self, subject: SubjectId | None) -> bool:
        """Whether a subject lies in it; None: what belongs to no subject, or to all."""
        return any(not subjects or subject in subjects for subjects in self.engaged.values())

    def engagement(self, subjects: frozenset[SubjectId] | None = None) -> str | None:
        """The first engagement that covers all of some subjects; none where none does.

        None: of what belongs to no subject, or to all, the one about the whole ledger, else the first in force.
        """
        for key, engaged in self.engaged.items():
            if not engaged or (subjects is not None and subjects <= engaged):
                return key
        return next(iter(self.engaged), None) if subjects is None else None


def scope_of(view: View, person: PersonId, day: Date) -> Scope:
    """What a person may look at on a day as an auditor in an engagement."""
    if person not in view.get(ORGANISATION).holders(Role.AUDITOR, None, day):
        return Scope()
    return Scope(engaged={each.engagement: frozenset(each.subjects) for each in view.get(FOLD).of(person, day)})


def may_look(view: View, person: PersonId, subject: SubjectId | None, day: Date) -> bool:
    """Whether an auditor may see drafts and everything of a subject on a day; None: of the ledger as a whole."""
    return scope_of(view, person, day).covers(subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEngagement:
    """Let auditors look: at the whole ledger, or at some subjects only; from a day to a day, both inclusive."""

    engagement: Id
    body: AuditBody
    auditors: tuple[PersonId, ...]
    subjects: tuple[SubjectId, ...]
    period_from: Date
    period_to: Date
    valid_from: Date
    valid_to: Date
    basis: Words


def open_engagement(view: View, act: Act, command: OpenEngagement) -> tuple[Event, ...]:
    """Errors: `malformed-id`, `engagement-exists`, `auditors-missing`, `not-an-auditor`, `dates-reversed`."""
    require(view, act, "open-engagement")
    sound_id(command.engagement, "engagement")
    event = EngagementOpened(
        engagement=command.engagement,
        body=command.body,
        auditors=command.auditors,
        subjects=command.subjects,
        period_from=command.period_from,
        period_to=command.period_to,
        valid_from=command.valid_from,
        valid_to=command.valid_to,
        basis=command.basis,
    )
    present = view.get(FOLD).opened.get(command.engagement)
    if present == event:
        return ()
    if present is not None:
        raise Refused(
            "engagement-exists",
            f"There is an engagement {command.engagement!r} already.",
            field="engagement",
            mend="Take another id.",
        )
    in_order(command.period_from, command.period_to, "period_to")
    in_order(command.valid_from, command.valid_to, "valid_to")
    if not command.auditors:
        raise Refused("auditors-missing", "Name at least one auditor.", field="auditors")
    organisation = view.get(ORGANISATION)
    for person in command.auditors:
        known_person(organisation, person, "auditors")
        grants = (each for each in organisation.grants if each.person == person and each.role is Role.AUDITOR)
        if not any(
            each.valid_from <= command.valid_to and (each.valid_to is None or command.valid_from <= each.valid_to)
            for each in grants
        ):
            raise Refused(
                "not-an-auditor",
                f"{person} is no auditor in that time.",
                field="auditors",
                rule="C14",
                mend="An administrator proposes the role, another person confirms it.",
            )
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseEngagement:
    """End an engagement whose findings are all closed: one of its auditors, or the head."""

    engagement: Id


def close_engagement(view: View, act: Act, command: CloseEngagement) -> tuple[Event, ...]:
    """Errors: `unknown-engagement`, `not-in-engagement`, `findings-open`."""
    opened = known_engagement(view, command.engagement)
    if require(view, act, "close-engagement") is Role.AUDITOR:
        one_of(opened, act)
    if command.engagement in view.get(FOLD).closed:
        return ()
    unclosed = [key for key, each in view.get(FINDINGS, command.engagement).items() if each.closed is None]
    if unclosed:
        raise Refused(
            "findings-open",
            f"{', '.join(unclosed)} {'is' if len(unclosed) == 1 else 'are'} still open.",
            field="engagement",
            mend="The auditor closes them.",
        )
    return (EngagementClosed(engagement=command.engagement),)


def known_engagement(view: View, engagement: str) -> EngagementOpened:
    """An engagement that was opened. Errors: `unknown-engagement`."""
    found = view.get(FOLD).opened.get(engagement)
    if found is None:
        raise Refused("unknown-engagement", f"There is no engagement {engagement!r}.", field="engagement")
    return found


def one_of(opened: EngagementOpened, act: Act) -> None:
    """Refuse who isn't an auditor of the engagement."""
    if act.by.id not in opened.auditors:
        raise Refused("not-in-engagement", "You aren't one of its auditors.", field="engagement")
