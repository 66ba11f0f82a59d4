"""Every page that somebody reaches, in Chromium: nobody is barred from it, it fits a phone, and it is small.

What axe looks at is a page's elements. So of each route as few pages are opened as have all kinds of elements that the
route has for anybody (`web.walk.manifold`), and in Swedish and English those whose elements differ from the Finnish.
"""

from collections.abc import Sequence
from http import HTTPStatus

import pytest
from playwright.async_api import Page
from web.site import Site
from web.walk import ACCOUNTS, PEOPLE, STARTS, Seen, manifold, walked

from browser.chromium import too_wide, violations
from browser.conftest import PageAs

PHONE, DESKTOP = {"width": 320, "height": 640}, {"width": 1280, "height": 900}
FIRST_LOAD_BYTES = 150_000
FIRST = (
    ("coordinator", ""),
    ("owner", "/work"),
    ("owner", "/rounds/2024-annual/items/amif-payments-2024"),
)
"""Pages at which people begin, with who does."""
NOTHING = (
    ("auditor", "/audit/trail?q=zzz"),
    ("auditor", "/audit/looks?person=petri-sund"),
    ("coordinator", "/deviations?year=2027"),
    ("coordinator", "?round=2024-annual&light=none"),
)
"""Lists in which nothing is left by what is asked."""


async def faults(page: Page, path: str, *, axe: bool = True) -> list[str]:
    """What is wrong with a page, on a desktop and on a phone."""
    await page.set_viewport_size(DESKTOP if axe else PHONE)  # type: ignore[arg-type]
    answer = await page.goto(path)
    found = [] if answer is not None and answer.ok else [f"{answer and answer.status}"]
    if axe:
        found += await violations(page)
        await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    found += await too_wide(page)
    return [f"{path}: {fault}" for fault in found]


async def test_a_page_bars_nobody(year: Site, finnish: list[Seen], page_as: PageAs) -> None:
    found = await _all_faults(year, manifold(finnish), page_as)

    assert found == []


async def test_a_page_bars_nobody_where_nothing_is_there_yet(
    agency: Site, finnish: list[Seen], page_as: PageAs
) -> None:
    reached = [seen for account in ACCOUNTS.values() for seen in await walked(agency, account, "fi")]
    begun = [seen for seen in reached if seen.status == HTTPStatus.OK]

    # What the year's pages have, too, is looked at there.
    found = await _all_faults(agency, [seen for seen in manifold([*begun, *finnish]) if seen in begun], page_as)

    assert found == []


@pytest.mark.parametrize(("role", "path"), NOTHING)
async def test_a_list_bars_nobody_in_which_nothing_is_left(role: str, path: str, year: Site, page_as: PageAs) -> None:
    assert await faults(await page_as(year, PEOPLE[role]), year.home + path) == []


async def _all_faults(site: Site, pages: Sequence[Seen], page_as: PageAs) -> list[str]:
    found = []
    for account in {seen.account for seen in pages}:
        page = await page_as(site, account)
        found += [fault for seen in pages if seen.account == account for fault in await faults(page, seen.path)]
    return found


@pytest.mark.parametrize("language", ["sv", "en"])
async def test_a_language_puts_nothing_in_the_way(
    language: str, year: Site, finnish: list[Seen], page_as: PageAs
) -> None:
    chosen = {seen.route: seen for seen in manifold(finnish)}
    found = []
    for account in {seen.account for seen in chosen.values()}:
        theirs = {seen.path: seen for seen in await walked(year, account, language, STARTS)}
        page = await page_as(year, account, language=language)
        for seen in chosen.values():
            if seen.account == account:
                same = seen.path in theirs and theirs[seen.path].read.kinds <= seen.read.kinds
                found += await faults(page, seen.path, axe=not same)

    assert found == []


@pytest.mark.parametrize(("role", "path"), FIRST)
async def test_a_first_load_is_small(role: str, path: str, year: Site, page_as: PageAs) -> None:
    page = await page_as(year, PEOPLE[role])
    devtools = await page.context.new_cdp_session(page)
    sizes: list[float] = []
    devtools.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    await devtools.send("Network.enable")
    await devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})

    answer = await page.goto(year.home + path, wait_until="networkidle")

    assert answer is not None
    assert answer.ok
    assert 0 < sum(sizes) < FIRST_LOAD_BYTES, f"{sum(sizes)} bytes in {len(sizes)} answers"
