"""Real browsers for the tests of pages.

`page = await page_as(agency, "owner")` is a page of Chromium in which that person has signed in and sees the ledger's
front page; `await page_as(year, None)` is one of nobody. More: `language="sv"`, `width=320`, `javascript=False`. Each
call is another browser (a context), so two people may work at the same time. Sites come from tests/web/conftest.py;
`before_the_year` is one with Temporal, on 14 December 2023.

A test fails, whatever it asserts, by an error or warning in the console (also one of the Content Security Policy), an
error of a script, a request to another host, an answer of 500 and more, or a file that isn't there; `seen.expect("…")`
lets one be. `await violations(page)` (of browser.chromium) asks axe.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from web.conftest import (
    agency,
    agency_template,
    finnish,
    pytest_collection_modifyitems,
    quiet_servers,
    year,
    year_copy,
    year_template,
)
from web.site import Front, Site

from browser.chromium import FLAGS, Watch, chromium, rules
from browser.roles.beginning import begun
from services.cli.demo import free_port
from services.local import PostgresUrls, TemporalServer
from services.settings import Settings

__all__ = [
    "agency",
    "agency_template",
    "finnish",
    "pytest_collection_modifyitems",
    "quiet_servers",
    "year",
    "year_copy",
    "year_template",
]
HEIGHTS = {320: 640, 1280: 900}


class PageAs(Protocol):
    """How a test gets a page."""

    async def __call__(
        self,
        site: Site,
        account: str | None,
        *,
        language: str = "fi",
        width: int = 1280,
        javascript: bool = True,
    ) -> Page:
        """A page in which the person has signed in, at the front page of the ledger."""


@pytest.fixture(scope="session")
async def front() -> AsyncIterator[Front]:
    """The server of all sites."""
    front = Front(free_port("127.0.0.1", 0, wanted=False))
    async with front.served():
        yield front


@pytest.fixture(scope="session")
async def browser(front: Front) -> AsyncIterator[Browser]:
    """One Chromium for the whole run."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, rules(front.port)])
        yield browser
        await browser.close()


@pytest.fixture
async def before_the_year(
    database: PostgresUrls, temporal: TemporalServer, tmp_path: Path, quiet_servers: None
) -> AsyncIterator[Site]:
    """A small agency on 14 December 2023, of the test's own: the agreement is in force, Temporal runs the calendar."""
    own = Settings(data=tmp_path, public_url="http://begun.localhost", database_owner_url=database.owner)
    async with begun(own, database.app, temporal.address) as site:
        yield site


@pytest.fixture
def seen() -> Watch:
    """What browsers saw go wrong in this test."""
    return Watch()


@pytest.fixture
async def page_as(browser: Browser, front: Front, seen: Watch) -> AsyncIterator[PageAs]:
    """Make pages; see above."""
    contexts: list[BrowserContext] = []
    shown: set[str] = set()

    async def page_as(
        site: Site, account: str | None, *, language: str = "fi", width: int = 1280, javascript: bool = True
    ) -> Page:
        if site.url not in shown:
            shown.add(site.url)
            front.show(site)
        seen.hosts.add(urlsplit(site.url).netloc)
        context = await browser.new_context(
            base_url=site.url,
            locale={"fi": "fi-FI", "sv": "sv-FI", "en": "en-GB"}[language],
            timezone_id="Europe/Helsinki",
            viewport={"width": width, "height": HEIGHTS[width]},
            java_script_enabled=javascript,
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        seen.over(context)
        if account is not None:
            await _signed_in(context, site, account, language)
        page = await context.new_page()
        await page.goto(site.home if account is not None else "/")
        return page

    yield page_as
    for context in contexts:
        await context.close()
    assert seen.left() == []


async def _signed_in(context: BrowserContext, site: Site, account: str, language: str) -> None:
    """Sign in past the browser, which then has what a browser would have got: the cookies."""
    client = await site.client_as(account, language)
    for cookie in client.cookies.jar:
        made = {"name": cookie.name, "value": cookie.value or "", "url": site.url}
        await context.add_cookies([made])  # type: ignore[list-item]
