"""The people of the demo: made up, each with the roles that their part in the year needs."""

from dataclasses import dataclass, field

from domain.values import Language, PersonId, Role, UnitId

UNITS = (
    UnitId("employment-services"),
    UnitId("digital-services"),
    UnitId("data-analytics"),
    UnitId("finance-procurement"),
    UnitId("people-leadership"),
    UnitId("security-preparedness"),
    UnitId("payments"),
    UnitId("strategy"),
)

SWEDISH_SPEAKERS = frozenset({"jari-lindqvist", "maria-backman", "kari-westerholm", "erik-stahl", "henrik-tem"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person of the demo and their roles, each with its unit where it has one.

    `id` says nothing, since it stands in the log for ever; `account` is what they sign in with (the subject).
    """

    id: PersonId
    account: str
    name: str
    roles: tuple[tuple[Role, UnitId | None], ...] = field(default=())

    @property
    def language(self) -> Language:
        """The language that their mails come in."""
        return Language.SV if self.account in SWEDISH_SPEAKERS else Language.FI

    @property
    def contact(self) -> str:
        """A mail address that leads nowhere."""
        return f"{self.account}@keha.example"


def _owner(id_: str, account: str, name: str, unit: int) -> Member:
    return Member(id=PersonId(id_), account=account, name=name, roles=((Role.OWNER, UNITS[unit]),))


def _director(id_: str, account: str, name: str, unit: int, *more: tuple[Role, UnitId | None]) -> Member:
    return Member(id=PersonId(id_), account=account, name=name, roles=((Role.DIRECTOR, UNITS[unit]), *more))


ADMINISTRATORS = (
    Member(id=PersonId("p-01"), account="aino-lehtonen", name="Aino Lehtonen"),
    Member(id=PersonId("p-02"), account="otto-rinne", name="Otto Rinne"),
)
OWNERS = {
    UNITS[0]: _owner("p-03", "elina-koskela", "Elina Koskela", 0),
    UNITS[1]: _owner("p-04", "mikko-salo", "Mikko Salo", 1),
    UNITS[2]: _owner("p-05", "sari-hakala", "Sari Hakala", 2),
    UNITS[3]: _owner("p-06", "jari-lindqvist", "Jari Lindqvist", 3),
    UNITS[4]: _owner("p-07", "maria-backman", "Maria Backman", 4),
    UNITS[5]: _owner("p-08", "timo-virtala", "Timo Virtala", 5),
    UNITS[6]: _owner("p-09", "hanna-oja", "Hanna Oja", 6),
    UNITS[7]: _owner("p-10", "petri-sund", "Petri Sund", 7),
}
DIRECTORS = {
    UNITS[0]: _director("p-11", "leena-aro", "Leena Aro", 0),
    UNITS[1]: _director("p-12", "antti-kuusela", "Antti Kuusela", 1, (Role.CONTRIBUTOR, UNITS[1])),
    UNITS[2]: _director("p-13", "ulla-heino", "Ulla Heino", 2),
    UNITS[3]: _director("p-14", "kari-westerholm", "Kari Westerholm", 3),
    UNITS[4]: _director("p-15", "riitta-valo", "Riitta Valo", 4),
    UNITS[5]: _director("p-16", "juha-palo", "Juha Palo", 5),
    UNITS[6]: _director("p-17", "anne-tammi", "Anne Tammi", 6),
    UNITS[7]: _director("p-18", "olli-nurmi", "Olli Nurmi", 7),
}
HEAD = Member(id=PersonId("p-19"), account="marja-ylitalo", name="Marja Ylitalo", roles=((Role.HEAD, None),))
COORDINATOR = Member(
    id=PersonId("p-20"), account="tuula-kanerva", name="Tuula Kanerva", roles=((Role.COORDINATOR, None),)
)
SECOND_COORDINATOR = Member(
    id=PersonId("p-21"), account="erik-stahl", name="Erik Ståhl", roles=((Role.COORDINATOR, None),)
)
ASSESSOR = Member(
    id=PersonId("p-22"), account="johanna-tem", name="Johanna Mäkelä", roles=((Role.MINISTRY_ASSESSOR, None),)
)
DECIDER = Member(
    id=PersonId("p-23"), account="henrik-tem", name="Henrik Österman", roles=((Role.MINISTRY_DECIDER, None),)
)
AUDITOR = Member(id=PersonId("p-24"), account="satu-auditor", name="Satu Rautio", roles=((Role.AUDITOR, None),))

MEMBERS: tuple[Member, ...] = (
    *ADMINISTRATORS,
    *OWNERS.values(),
    *DIRECTORS.values(),
    HEAD,
    COORDINATOR,
    SECOND_COORDINATOR,
    ASSESSOR,
    DECIDER,
    AUDITOR,
)

SIGNATORIES = {
    "ministry-director-general": DECIDER,
    "ministry-adviser": ASSESSOR,
    "agency-director": HEAD,
    "agency-strategy-director": DIRECTORS[UNITS[7]],
}
"""Who signs the agreement in which slot."""
