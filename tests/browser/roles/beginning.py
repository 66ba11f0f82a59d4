"""An agency on 14 December 2023: its people have their roles, its agreement is in force from the new year on.

It is the demo's, with its people, but with a few of its items only, so that a year of it can be done by hand. Temporal
runs its calendar.
"""

import contextlib
from collections.abc import AsyncIterator, Mapping

import httpx2
import yaml
from web.site import LEDGER, Site, site_over

from services.cli.stack import stack
from services.demo import half_year
from services.demo.desk import Desk
from services.demo.people import MEMBERS
from services.demo.play import open_ledger
from services.demo.provider import AGREEMENT
from services.demo.stage import Story
from services.settings import Settings

NEWCOMER, NEWCOMER_NAME = "veera-lahti", "Veera Lahti"
"""Somebody whom the identity provider knows already, and the agency not yet."""
PEOPLE: Mapping[str, str] = {member.account: member.name for member in MEMBERS} | {NEWCOMER: NEWCOMER_NAME}
TARGETS: Mapping[str, tuple[str, ...]] = {
    "digital-platforms": ("platforms-for-reforms-2024", "recruitment-on-job-market-2024"),
    "better-leadership": ("supervisor-training-2024", "staff-experience-review-2024"),
}
"""The targets that are kept, each with its milestones."""
INDICATORS = frozenset({"payment-processing-time", "staff-satisfaction"})


def small_agreement() -> bytes:
    """The sample agreement with two targets, four milestones and two indicators, of three units."""
    found = yaml.safe_load(AGREEMENT.read_bytes())
    found["targets"] = [each for each in found["targets"] if each["id"] in TARGETS]
    for target in found["targets"]:
        target["milestones"] = [each for each in target["milestones"] if each["id"] in TARGETS[target["id"]]]
    for table in found["tables"]:
        table["indicators"] = [each for each in table["indicators"] if each["id"] in INDICATORS]
    del found["rrf"]
    # The format takes no aliases, and dates as they are written.
    text: str = yaml.safe_dump(found, allow_unicode=True, sort_keys=False)
    return text.encode()


@contextlib.asynccontextmanager
async def begun(settings: Settings, database_url: str, temporal: str) -> AsyncIterator[Site]:
    """The agency over an empty database, with a worker at Temporal's address."""
    url = settings.public_url or ""
    async with stack(settings, database_url, temporal) as parts:
        await open_ledger(parts.handler, parts.clock(LEDGER), f"{url}/idp")
    async with site_over(settings, database_url, PEOPLE, temporal) as site:
        transport = httpx2.ASGITransport(app=site.app)
        async with httpx2.AsyncClient(transport=transport, base_url=url, timeout=60) as client:
            story = Story(
                desk=Desk(client, LEDGER, site.provider.token),
                advance=site.parts.clock(LEDGER).advance,
                tell=lambda _: None,
                agreement_file=small_agreement(),
                issuer=site.provider.issuer,
            )
            await half_year.staff(story)
            await half_year.sign(story)
        await site.followed()
        yield site
