"""The people of a year that is done by hand, each at a browser of their own."""

from dataclasses import dataclass, field
from typing import TypeVar

from web.site import Site

from browser.conftest import PageAs
from browser.roles.person import Person

Role = TypeVar("Role", bound=Person)


@dataclass(slots=True, kw_only=True)
class Cast:
    """Who is at work in an agency. People sign in once, when they first have something to do."""

    site: Site
    page_as: PageAs
    people: dict[str, Person] = field(default_factory=dict)

    async def plays(self, role: type[Role], account: str) -> Role:
        """Somebody in one of the roles."""
        if account not in self.people:
            page = await self.page_as(self.site, account)
            self.people[account] = role(page=page)
        found = self.people[account]
        assert isinstance(found, role)
        return found
