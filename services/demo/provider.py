"""The demo's identity provider, whose page says of each person what they do: role and unit in each language."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from domain.values import Role, UnitId
from services.demo.people import MEMBERS, Member
from services.identity.demo import DemoProvider
from services.identity.demo_pages import Part, Title

AGREEMENT = Path(__file__).parent.parent.parent / "agreements" / "keha-2024-2027.yaml"
"""The demo's agreement, which is imported through the API; here it says what units are called."""

_ROLES: Mapping[Role, Title] = {
    Role.OWNER: {"fi": "Yksikön vastuuhenkilö", "sv": "Enhetens ansvarsperson", "en": "Unit owner"},
    Role.DIRECTOR: {"fi": "Yksikön johtaja", "sv": "Enhetens direktör", "en": "Director of a unit"},
    Role.HEAD: {"fi": "Viraston päällikkö", "sv": "Ämbetsverkets chef", "en": "Head of the agency"},
    Role.COORDINATOR: {"fi": "Koordinoija", "sv": "Samordnare", "en": "Coordinator"},
    Role.MINISTRY_ASSESSOR: {"fi": "Ministeriön arvioija", "sv": "Ministeriets bedömare", "en": "Ministry assessor"},
    Role.MINISTRY_DECIDER: {
        "fi": "Ministeriön ratkaisija",
        "sv": "Ministeriets beslutsfattare",
        "en": "Ministry decider",
    },
    Role.AUDITOR: {"fi": "Tarkastaja", "sv": "Revisor", "en": "Auditor"},
    Role.ADMINISTRATOR: {"fi": "Pääkäyttäjä", "sv": "Administratör", "en": "Administrator"},
}
"""In the order in which they are shown: who has most to do in a year comes first."""


def demo_provider(issuer: str) -> DemoProvider:
    """The demo's identity provider with all of its people, those of one role together."""
    order = list(_ROLES)
    members = sorted(MEMBERS, key=lambda member: order.index(_first(member)[0]))
    # Units are called what the agreement calls them.
    units: Mapping[str, Title] = {each["id"]: each["name"] for each in yaml.safe_load(AGREEMENT.read_bytes())["units"]}
    parts = {
        member.account: Part(role=_ROLES[role], unit=None if unit is None else units[unit])
        for member, (role, unit) in ((each, _first(each)) for each in members)
    }
    return DemoProvider(issuer, {member.account: member.name for member in members}, parts=parts)


def _first(member: Member) -> tuple[Role, UnitId | None]:
    """The role that somebody is known by."""
    return member.roles[0] if member.roles else (Role.ADMINISTRATOR, None)
