"""Commands on the organisation: open the ledger, its units, its people (cases 5, 7)."""

from dataclasses import dataclass

from domain.authority import ADMINISTRATOR, require
from domain.calendar import ZONE, day_of
from domain.errors import Refused
from domain.events.event import Event
from domain.events.organisation import (
    LOG_FORMAT,
    AccountClosed,
    Grant,
    LedgerOpened,
    PersonChanged,
    PersonRegistered,
    RoleConfirmed,
    RoleProposed,
    UnitRegistered,
    UnitRenamed,
)
from domain.organisation import FOLD, known_person, known_unit, proposal_digest
from domain.proposal import sound_id
from domain.values import (
    ActorKind,
    Date,
    Id,
    Language,
    PersonId,
    Reference,
    Title,
    UnitId,
    Words,
)
from domain.view import Act, View

FIRST_ADMINISTRATORS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person as an administrator registers one. `login` is canonical JSON of {issuer, subject}."""

    person: PersonId
    name: Words
    contact: Words
    login: Words
    language: Language = Language.FI


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLedger:
    """The operator opens a ledger with its first two administrators; their roles are confirmed by this act.

    `program` is the version of the program that opens it.
    """

    ledger: Id
    agency: Id
    demo: bool
    administrators: tuple[Person, ...]
    program: Reference = "unknown"


def open_ledger(view: View, act: Act, command: OpenLedger) -> tuple[Event, ...]:
    """Errors: `operator-only`, `two-administrators`."""
    organisation = view.get(FOLD)
    if act.by.kind is not ActorKind.OPERATOR:
        raise Refused("operator-only", "Only the operator opens a ledger.")
    if organisation.opened is not None:
        return ()
    if len({each.person for each in command.administrators}) < FIRST_ADMINISTRATORS:
        raise Refused(
            "two-administrators", "A ledger opens with two administrators.", field="administrators", rule="C14"
        )
    opened = LedgerOpened(
        ledger=command.ledger,
        agency=command.agency,
        demo=command.demo,
        zone=ZONE,
        format=LOG_FORMAT,
        program=command.program,
    )
    events: list[Event] = [opened]
    events += [
        PersonRegistered(
            person=each.person, name=each.name, contact=each.contact, login=each.login, language=each.language
        )
        for each in command.administrators
    ]
    for number, each in enumerate(command.administrators, 1):
        grant = Grant(person=each.person, role=ADMINISTRATOR, unit=None, valid_from=day_of(act.at), valid_to=None)
        proposed = RoleProposed(proposal=f"opening-{number}", grant=grant)
        events.append(RoleConfirmed(proposal=proposed.proposal, digest=proposal_digest(proposed), grant=grant))
    return tuple(events)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterUnit:
    """Add a unit from a date on."""

    unit: UnitId
    name: Title
    valid_from: Date


def register_unit(view: View, act: Act, command: RegisterUnit) -> tuple[Event, ...]:
    """Errors: `unit-exists`, `malformed-id`."""
    require(view, act, "change-organisation")
    sound_id(command.unit, "unit")
    event = UnitRegistered(unit=command.unit, name=command.name, valid_from=command.valid_from)
    present = view.get(FOLD).units.get(command.unit)
    if present == event:
        return ()
    if present is not None:
        raise Refused(
            "unit-exists",
            f"There is a unit {command.unit!r} already.",
            field="unit",
            mend="Rename it, or take another id.",
        )
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameUnit:
    """Give a unit another name from a date on."""

    unit: UnitId
    name: Title
    valid_from: Date


def rename_unit(view: View, act: Act, command: RenameUnit) -> tuple[Event, ...]:
    """Errors: `unknown-unit`."""
    require(view, act, "change-organisation")
    organisation = view.get(FOLD)
    known_unit(organisation, command.unit)
    event = UnitRenamed(unit=command.unit, name=command.name, valid_from=command.valid_from)
    return () if event in organisation.names else (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPerson:
    """Add a person who may be given roles."""

    person: PersonId
    name: Words
    contact: Words
    login: Words
    language: Language = Language.FI


def register_person(view: View, act: Act, command: RegisterPerson) -> tuple[Event, ...]:
    """Errors: `person-exists`, `malformed-id`."""
    require(view, act, "change-organisation")
    sound_id(command.person, "person")
    event = PersonRegistered(
        person=command.person,
        name=command.name,
        contact=command.contact,
        login=command.login,
        language=command.language,
    )
    present = view.get(FOLD).people.get(command.person)
    if present == event:
        return ()
    if present is not None:
        raise Refused(
            "person-exists", f"There is a person {command.person!r} already.", field="person", mend="Take another id."
        )
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePerson:
    """Correct a person's name, address or language; the login stays."""

    person: PersonId
    name: Words
    contact: Words
    language: Language


def change_person(view: View, act: Act, command: ChangePerson) -> tuple[Event, ...]:
    """Errors: `unknown-person`."""
    require(view, act, "change-organisation")
    organisation = view.get(FOLD)
    known_person(organisation, command.person)
    present = organisation.people[command.person]
    if (present.name, present.contact, present.language) == (command.name, command.contact, command.language):
        return ()
    changed = PersonChanged(
        person=command.person, name=command.name, contact=command.contact, language=command.language
    )
    return (changed,)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAccount:
    """A person leaves; their account is closed from a date on (case 7)."""

    person: PersonId
    valid_from: Date


def close_account(view: View, act: Act, command: CloseAccount) -> tuple[Event, ...]:
    """Errors: `unknown-person`."""
    require(view, act, "change-organisation")
    organisation = view.get(FOLD)
    known_person(organisation, command.person)
    if organisation.closed.get(command.person) == command.valid_from:
        return ()
    return (AccountClosed(person=command.person, valid_from=command.valid_from),)
