"""What administrators keep, with dates and by two people: people, units, roles, settings, erasures, legal holds."""

from collections.abc import Sequence

from services.web.page import Pages
from services.web.pages.organisation import erasures, holds, people, proposals, roles, settings, units

AREAS: Sequence[Pages] = (
    people.pages,
    units.pages,
    roles.pages,
    settings.pages,
    proposals.pages,
    erasures.pages,
    holds.pages,
)

__all__ = ["AREAS"]
