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
    """A person of the demo and their roles, each with its unit where it has one."""

    id: PersonId
    name: str
    roles: tuple[tuple[Role, UnitId | None], ...] = field(default=())

    @property
    def language(self) -> Language:
        """The language that their mails come in."""
        return Language.SV if self.id in SWEDISH_SPEAKERS else Language.FI

    @property
    def contact(self) -> str:
        """A mail address that leads nowhere."""
        return f"{self.id}@keha.example"


def _owner(id_: str, name: str, unit: int) -> Member:
    return Member(id=PersonId(id_), name=name, roles=((Role.OWNER, UNITS[unit]),))


def _director(id_: str, name: str, unit: int, *more: tuple[Role, UnitId | None]) -> Member:
    return Member(id=PersonId(id_), name=name, roles=((Role.DIRECTOR, UNITS[unit]), *more))


ADMINISTRATORS = (
    Member(id=PersonId("aino-lehtonen"), name="Aino Lehtonen"),
    Member(id=PersonId("otto-rinne"), name="Otto Rinne"),
)
OWNERS = {
    UNITS[0]: _owner("elina-koskela", "Elina Koskela", 0),
    UNITS[1]: _owner("mikko-salo", "Mikko Salo", 1),
    UNITS[2]: _owner("sari-hakala", "Sari Hakala", 2),
    UNITS[3]: _owner("jari-lindqvist", "Jari Lindqvist", 3),
    UNITS[4]: _owner("maria-backman", "Maria Backman", 4),
    UNITS[5]: _owner("timo-virtala", "Timo Virtala", 5),
    UNITS[6]: _owner("hanna-oja", "Hanna Oja", 6),
    UNITS[7]: _owner("petri-sund", "Petri Sund", 7),
}
DIRECTORS = {
    UNITS[0]: _director("leena-aro", "Leena Aro", 0),
    UNITS[1]: _director("antti-kuusela", "Antti Kuusela", 1, (Role.CONTRIBUTOR, UNITS[1])),
    UNITS[2]: _director("ulla-heino", "Ulla Heino", 2),
    UNITS[3]: _director("kari-westerholm", "Kari Westerholm", 3),
    UNITS[4]: _director("riitta-valo", "Riitta Valo", 4),
    UNITS[5]: _director("juha-palo", "Juha Palo", 5),
    UNITS[6]: _director("anne-tammi", "Anne Tammi", 6),
    UNITS[7]: _director("olli-nurmi", "Olli Nurmi", 7),
}
HEAD = Member(id=PersonId("marja-ylitalo"), name="Marja Ylitalo", roles=((Role.HEAD, None),))
COORDINATOR = Member(id=PersonId("tuula-kanerva"), name="Tuula Kanerva", roles=((Role.COORDINATOR, None),))
SECOND_COORDINATOR = Member(id=PersonId("erik-stahl"), name="Erik Ståhl", roles=((Role.COORDINATOR, None),))
ASSESSOR = Member(id=PersonId("johanna-tem"), name="Johanna Mäkelä", roles=((Role.MINISTRY_ASSESSOR, None),))
DECIDER = Member(id=PersonId("henrik-tem"), name="Henrik Österman", roles=((Role.MINISTRY_DECIDER, None),))
AUDITOR = Member(id=PersonId("satu-auditor"), name="Satu Rautio", roles=((Role.AUDITOR, None),))

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
