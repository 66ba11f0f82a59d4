"""What an auditor takes home: a bundle of a scope, or a sample drawn by a seed, with a look at what it draws."""

import asyncio
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import Response

from services.web.api import Problem
from services.web.page import Page, Pages
from services.web.pages.audit.events import entry
from services.web.pages.audit.place import Shown, at_its_field, begins, crumbs, engaged, number
from services.web.pages.audit.sealed import sealed
from services.web.pages.board.moments import instant_of
from services.web.passing import SAID, Headers, Passed
from services.web.words import word
from verifier.happened import HAPPENED
from verifier.scope import LONGEST_SEED, Sample, lowest

pages = Pages()
FIELDS: Mapping[str, tuple[str, ...]] = {
    "ledger": (),
    "period": ("from", "to"),
    "target": ("subject",),
    "milestone": ("subject",),
    "submission": ("round", "unit"),
    "sample": ("seed", "count", "type", "from", "to"),
    "looks": (),
}
"""What each scope is asked by."""
DEFAULT_COUNT = "25"
AT_HOME = (
    "etappi audit verify {ledger}.zip",
    "python3 {ledger}.zip",
    "python3 {ledger}.zip --pin etappi-pins/{ledger}.pin",
)
"""How a bundle is verified at home."""
MOST_SHOWN = 50
"""As many of the drawn events as the page shows; the bundle has all."""


@pages.get("/{ledger}/audit/bundles")
async def bundles(page: Page) -> Response:
    """The form of a scope; with `draw` the events that the seed draws."""
    return await _shown(page)


@pages.get("/{ledger}/audit/bundles/file")
async def bundle(page: Page) -> Response:
    """The bundle as it streams; what is refused is said above the form."""
    query = _query(page)
    return Passed(
        page,
        f"{page.ledger}/audit/bundle",
        urlencode(query, doseq=True).encode(),
        headers=_packed,
        refused=lambda problem: _shown(page, at_its_field(problem)),
    )


def _packed(headers: Headers) -> Headers:
    """A bundle is packed already: it isn't compressed again on its way."""
    return [each for each in headers if each[0] in SAID | {b"repr-digest"}] + [(b"content-encoding", b"identity")]


def _query(page: Page) -> dict[str, object]:
    """What is asked of the API: of the scope's fields those that were filled in, days as instants."""
    scope = _scope(page)
    asked: dict[str, object] = {"scope": scope}
    for name in FIELDS[scope]:
        if name == "type":
            asked[name] = [each for each in page.request.query_params.getlist(name) if each]
        elif (value := page.asked(name)) is not None:
            asked[name] = value
    if "from" in asked:
        asked["from"] = begins(str(asked["from"]))
    if "to" in asked:
        day = str(asked.pop("to"))
        if day < page.today:
            asked["to"] = instant_of(day)
    if (pinned := page.asked("pinned")) is not None:
        asked["pinned"] = pinned
    if page.asked("hashes") is not None:
        asked["files"] = "hashes"
    if page.asked("no_words") is not None:
        asked["disclosures"] = "none"
    return asked


def _scope(page: Page) -> str:
    asked = page.asked("scope", "ledger") or "ledger"
    return asked if asked in FIELDS else "ledger"


async def _shown(page: Page, problem: Problem | None = None) -> Response:
    page.crumbs = crumbs(page)
    scope = _scope(page)
    drawn: Shown | None = None
    if scope == "sample" and page.asked("draw") is not None:
        drawn = await _drawn(page)
    return await page.render(
        "audit/bundles.html",
        problem=problem,
        mine=await engaged(page),
        scope=scope,
        scopes=list(FIELDS),
        kinds=sorted(((kind, word(kind, "event", page.language)) for kind in HAPPENED), key=lambda each: each[1]),
        types=page.request.query_params.getlist("type"),
        seed=page.asked("seed") or secrets.token_hex(8),
        count=page.asked("count", DEFAULT_COUNT),
        rounds=[f"{year}-{kind}" for year in page.myself["years"] for kind in ("half-year", "annual")],
        drawn=drawn,
        at_home=[each.format(ledger=page.ledger) for each in AT_HOME],
    )


async def _drawn(page: Page) -> Shown:
    """Which events the seed draws among those that are sealed: how many there are to draw from, and the drawn ones."""
    seal = await sealed(page)
    size = 0 if seal is None else seal.checkpoint.size
    types = tuple(sorted({each for each in page.request.query_params.getlist("type") if each in HAPPENED}))
    count = min(number(page.asked("count", DEFAULT_COUNT)) or 1, 10_000)
    first, last = await _ends(page, size)
    matching: list[int] | None = None
    if types:
        of_types = [await page.every("trail", "entries", type=each) for each in types]
        matching = [each["position"] for some in of_types for each in some if first <= each["position"] <= last]
    seed = (page.asked("seed") or "-")[:LONGEST_SEED]
    found, _ = lowest(Sample(seed=seed, count=count, types=types, first=first, last=last), matching)
    positions = sorted(found)
    entries = await asyncio.gather(*(entry(page, each) for each in positions[:MOST_SHOWN]))
    return {
        "seed": seed,
        "among": max(last - first + 1, 0) if matching is None else len(matching),
        "positions": positions,
        "entries": [each for each in entries if each is not None],
    }


async def _ends(page: Page, size: int) -> tuple[int, int]:
    """The first and the last position of the days that are asked for, as far as the log is sealed."""
    asked = _query(page)
    first, last = 1, size
    if "from" in asked:
        found = (await page.get("trail", since=asked["from"], limit=1))["entries"]
        first = found[0]["position"] if found else size + 1
    if "to" in asked:
        found = (await page.get("trail", until=asked["to"], limit=1, order="newest"))["entries"]
        last = min(found[0]["position"], size) if found else 0
    return first, last
