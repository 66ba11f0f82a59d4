"""Who may do what: the permission matrix of docs/permissions.md, answered from roles and substitutions at that moment.

R15 (no one approves their own work) is asked beside it, because it needs the item's preparers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from domain.calendar import day_of
from domain.errors import Refused
from domain.events.organisation import SubstituteAppointed
from domain.organisation import FOLD, Organisation
from domain.values import Actor, ActorKind, Capacity, Date, PersonId, Role, UnitId
from domain.view import Act, View

UNIT_ROLES = frozenset({Role.CONTRIBUTOR, Role.OWNER, Role.DIRECTOR})
"""Roles that are held in a unit; the others hold for the whole ledger."""

CONTRIBUTOR, OWNER, DIRECTOR, HEAD = Role.CONTRIBUTOR, Role.OWNER, Role.DIRECTOR, Role.HEAD
COORDINATOR, ASSESSOR, DECIDER = Role.COORDINATOR, Role.MINISTRY_ASSESSOR, Role.MINISTRY_DECIDER
AUDITOR, ADMINISTRATOR = Role.AUDITOR, Role.ADMINISTRATOR


@dataclass(frozen=True, slots=True)
class Permission:
    """Which roles may; `substitutes` are those of them in which a substitute may, too."""

    roles: tuple[Role, ...]
    substitutes: frozenset[Role]


def _may(*roles: Role, but_not_for: Iterable[Role] = ()) -> Permission:
    return Permission(roles, frozenset(roles) - frozenset(but_not_for))


def _in_person(*roles: Role) -> Permission:
    return Permission(roles, frozenset())


_WRITE = _may(CONTRIBUTOR, OWNER, but_not_for={CONTRIBUTOR})

MATRIX: Mapping[str, Permission] = {
    "report": _WRITE,
    "evidence": _WRITE,
    "submit-items": _may(OWNER),
    "recall-items": _may(OWNER),
    "start-correction": _may(OWNER),
    "abandon-correction": _may(OWNER, COORDINATOR),
    "report-action": _may(OWNER),
    "record-late-completion": _may(OWNER),
    "endorse-contributor": _may(CONTRIBUTOR),
    "endorse-owner": _may(OWNER),
    "endorse-director": _may(DIRECTOR),
    "sign-off-items": _may(DIRECTOR),
    "sign-off-escalated-items": _may(HEAD),
    "return-items": _may(DIRECTOR, HEAD, COORDINATOR, but_not_for={COORDINATOR}),
    "close-deviation": _may(DIRECTOR),
    "return-action": _may(DIRECTOR),
    "late-completion": _may(DIRECTOR),
    "revoke-sign-off": _may(HEAD),
    "revoke-head-sign-off": _may(DIRECTOR),
    "approve-agency-report": _may(HEAD),
    "return-agency-report": _may(HEAD),
    "attach-response": _may(HEAD),
    "extend-deadline": _may(COORDINATOR),
    "compile-agency-report": _may(COORDINATOR),
    "deliver-to-ministry": _may(COORDINATOR),
    "open-supplement": _may(COORDINATOR),
    "publish": _may(COORDINATOR),
    "record-final-accounts": _may(COORDINATOR),
    "send-for-signature": _may(COORDINATOR),
    "recall-draft": _may(COORDINATOR),
    "assess": _may(ASSESSOR),
    "return-delivery": _may(ASSESSOR),
    "issue-statement": _may(DECIDER),
    "correct-statement": _may(DECIDER),
    "transcribe": _in_person(COORDINATOR),
    "confirm-transcription": _in_person(COORDINATOR, HEAD),
    "external-signature": _in_person(COORDINATOR),
    "confirm-external-signature": _in_person(COORDINATOR, HEAD),
    "appoint-substitute": _in_person(OWNER, DIRECTOR, COORDINATOR, ASSESSOR, DECIDER, HEAD),
    "propose-role": _in_person(ADMINISTRATOR),
    "confirm-role": _in_person(COORDINATOR, ADMINISTRATOR),
    "change-organisation": _in_person(ADMINISTRATOR),
    "reassign-item": _in_person(ADMINISTRATOR),
    "propose-setting": _in_person(COORDINATOR),
    "confirm-setting": _in_person(HEAD),
    "import-agreement": _in_person(COORDINATOR),
    "record-rrf": _in_person(COORDINATOR),
    "declare-interest": _may(DIRECTOR, HEAD),
    "open-engagement": _in_person(HEAD),
    "close-engagement": _in_person(AUDITOR, HEAD),
    "audit": _in_person(AUDITOR),
    "answer-finding": _may(OWNER, HEAD, COORDINATOR),
    "answer-agency-finding": _may(HEAD, COORDINATOR),
    "propose-erasure": _in_person(ADMINISTRATOR),
    "confirm-erasure": _in_person(HEAD),
    "propose-legal-hold": _in_person(ADMINISTRATOR),
    "confirm-legal-hold": _in_person(HEAD),
}

INCOMPATIBLE: tuple[tuple[frozenset[Role], frozenset[Role]], ...] = (
    (frozenset({AUDITOR}), frozenset(Role) - {AUDITOR}),
    (frozenset({ADMINISTRATOR}), frozenset(Role) - {ADMINISTRATOR}),
    (frozenset({ASSESSOR, DECIDER}), frozenset({CONTRIBUTOR, OWNER, DIRECTOR, HEAD, COORDINATOR})),
    (frozenset({COORDINATOR}), frozenset({DIRECTOR})),
)
"""Roles that one person can't hold on the same day."""


def require(view: View, act: Act, what: str, unit: UnitId | None = None) -> Role:
    """The role in which the actor may do `what`, for `unit` where the role is held in one; the view notes it.

    Errors: `not-permitted`, `role-ended`, `account-closed`, `substitution-not-in-force`, `substitution-out-of-scope`,
    `no-substitute-for-this`, `people-only`.
    """
    capacity = _capacity(view.get(FOLD), act, what, unit)
    view.capacity = capacity
    return capacity.role


def may(organisation: Organisation, act: Act, what: str, unit: UnitId | None = None) -> bool:
    """Whether the actor may, without noting anything: for pages and inboxes."""
    try:
        _capacity(organisation, act, what, unit)
    except Refused:
        return False
    return True


def require_system(act: Act, what: str) -> None:
    """Refuse a person who tries a step that only the workflows take."""
    if act.by.kind is not ActorKind.SYSTEM:
        raise Refused("system-only", f"Only the system takes the step {what}.", mend="It is taken when it is due.")


def four_eyes(act: Act, involved: Iterable[PersonId], what: str, rule: str = "R15") -> None:
    """Refuse an approval by one who was involved in what is approved, or who acts for such a one."""
    people = set(involved)
    if act.by.id in people:
        raise Refused(
            "own-work",
            f"You took part in what you would now {what}; another person must do it.",
            rule=rule,
            mend="Ask another holder of the role, a substitute who took no part, or wait for the escalation.",
        )
    if act.by.acting_for is not None and act.by.acting_for in people:
        raise Refused(
            "own-work-of-principal",
            f"{act.by.acting_for} took part in this; nobody may {what} it for them.",
            rule=rule,
            mend="Another holder of the role must do it.",
        )


def _capacity(organisation: Organisation, act: Act, what: str, unit: UnitId | None) -> Capacity:
    if act.by.kind not in (ActorKind.PERSON, ActorKind.PROGRAM):
        raise Refused("people-only", f"The {act.by.kind} can't {what}.", mend="A person with the role must do it.")
    permission = MATRIX[what]
    day = day_of(act.at)
    if organisation.has_left(act.by.id, day):
        raise Refused("account-closed", "This account is closed.", rule="case 7")
    if act.by.acting_for is not None:
        return _as_substitute(organisation, act.by, permission, unit, day, what)
    held = _held(organisation, act.by.id, permission.roles, unit, day)
    if held is not None:
        return held
    ended = [
        grant
        for grant in organisation.grants
        if grant.person == act.by.id and grant.role in permission.roles and _in_unit(grant.role, grant.unit, unit)
    ]
    wanted = " or ".join(permission.roles)
    if any(grant.valid_to is not None and grant.valid_to < day for grant in ended):
        last = max(grant.valid_to for grant in ended if grant.valid_to is not None)
        raise Refused("role-ended", f"Your role ended on {last}.", rule="C03", mend="Ask the administrator.")
    where = f" in {unit}" if unit is not None else ""
    raise Refused(
        "not-permitted",
        f"Only {wanted}{where} may {what}.",
        mend=f"Ask somebody who is {wanted}{where}.",
        roles=permission.roles,
    )


def _as_substitute(
    organisation: Organisation, by: Actor, permission: Permission, unit: UnitId | None, day: Date, what: str
) -> Capacity:
    principal = by.acting_for
    if principal is None:
        raise ValueError("no principal")
    appointed = [
        each for each in organisation.substitutions.values() if each.principal == principal and each.substitute == by.id
    ]
    if not appointed:
        raise Refused(
            "substitution-not-in-force",
            f"You aren't {principal}'s substitute.",
            rule="case 6",
            mend="Let them appoint you.",
        )
    current = [each for each in appointed if each.valid_from <= day <= each.valid_to]
    if not current:
        raise Refused(
            "substitution-not-in-force",
            f"Your substitution for {principal} isn't in force on {day}.",
            rule="case 6",
            mend="Let them appoint you for these dates.",
        )
    allowed = tuple(role for role in permission.roles if role in permission.substitutes)
    if not allowed:
        raise Refused("no-substitute-for-this", f"Nobody may {what} as a substitute.", rule="case 6")
    for role in allowed:
        held = _held(organisation, principal, (role,), unit, day)
        covering = next((each for each in current if _covers(each, role, unit)), None)
        if held is not None and covering is not None:
            return replace(held, substitution=covering.substitution)
    raise Refused(
        "substitution-out-of-scope",
        f"Your substitution for {principal} doesn't cover this.",
        rule="case 6",
        mend="Its scope names roles and a unit; the principal must hold the role, too.",
    )


def _covers(substitution: SubstituteAppointed, role: Role, unit: UnitId | None) -> bool:
    return role in substitution.roles and (substitution.unit is None or substitution.unit == unit)


def _held(
    organisation: Organisation, person: PersonId, roles: tuple[Role, ...], unit: UnitId | None, day: Date
) -> Capacity | None:
    if organisation.has_left(person, day):
        return None
    for role in roles:
        for grant in organisation.grants:
            here = grant.person == person and grant.role is role and _in_unit(role, grant.unit, unit)
            if here and organisation.holds(grant, day):
                return Capacity(role=role, unit=grant.unit)
    return None


def _in_unit(role: Role, held: UnitId | None, asked: UnitId | None) -> bool:
    return role not in UNIT_ROLES or asked is None or held == asked


def conflicting(
    organisation: Organisation, person: PersonId, role: Role, valid_from: Date, valid_to: Date | None
) -> Role | None:
    """A role that the person has in the same time, held or as a substitute, and that can't go together with `role`."""
    had = [(grant.role, grant.valid_from, grant.valid_to) for grant in organisation.grants if grant.person == person]
    for each in organisation.substitutions.values():
        if each.substitute == person:
            had += [(covered, each.valid_from, each.valid_to) for covered in each.roles]
    for other, first, last in had:
        overlap = (valid_to is None or first <= valid_to) and (last is None or valid_from <= last)
        if overlap and any(
            (role in one and other in two) or (role in two and other in one) for one, two in INCOMPATIBLE
        ):
            return other
    return None
