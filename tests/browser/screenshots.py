"""The pictures of docs/screenshots: `make screenshots` takes them anew.

Most are of the demo year on 10 June 2025, when the ministry assesses; those of reporting and deciding are of the small
agency on 3 June 2024, whose unit and people get the names of the demo year.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest
from api.world import HALF_YEAR, UNIT
from playwright.async_api import Page
from web.conftest import AGENCY, PEOPLE_OF
from web.site import Site
from web.walk import MANIFOLD, PEOPLE

from browser.conftest import PageAs
from browser.test_deciding import waiting

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
BYTES = 200_000
NAMES = {"owner": "Maria Backman", "director": "Riitta Valo"}
UNIT_NAME = {"fi": "Henkilöstö ja johtaminen", "sv": "Personal och ledarskap", "en": "People and leadership"}
_UNIT = f"/rounds/{HALF_YEAR}/units/{UNIT}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A picture: of what page, as whom, in which language, how big; where something is clicked, `then` shows."""

    name: str
    role: str
    path: str
    language: str = "fi"
    width: int = 1280
    height: int | None = None
    click: str | None = None
    then: str = "main"


OF_YEAR = (
    Shot(name="board", role="assessor", path="?round=2024-annual", height=1200),
    Shot(name="board-sv", role="assessor", path="?round=2024-annual&beside=yes", language="sv"),
    Shot(name="board-en", role="coordinator", path="?round=2024-half-year&known_at=2024-08-31", language="en"),
    Shot(name="board-phone", role="coordinator", path="?deviations=yes#part-1", width=320),
    Shot(name="changes", role="coordinator", path="/board/changes?since=2025-02-03&until=2025-03-17"),
    Shot(name="indicators", role="coordinator", path="/board/indicators"),
    Shot(name="item", role="coordinator", path=f"/rounds/2024-annual/items/{MANIFOLD[0]}"),
    Shot(name="agency-report", role="head", path="/rounds/2024-annual"),
    Shot(name="cycle", role="coordinator", path="/cycles/2024"),
    Shot(name="assessment", role="assessor", path="/cycles/2024/assessment"),
    Shot(name="assessing", role="assessor", path="/cycles/2024/assessment/te24-reform"),
    Shot(name="statement", role="decider", path="/cycles/2024/statement"),
    Shot(name="agreement", role="decider", path="/agreements/keha-2024-2027.1"),
    Shot(name="trail", role="auditor", path="/audit/trail"),
    Shot(name="replay", role="auditor", path="/audit/replay?at=1242"),
    Shot(name="controls", role="auditor", path="/audit/controls?cycle=2024&run=yes"),
    Shot(name="engagement", role="auditor", path="/audit/engagements/rrf-2025"),
    Shot(name="verification", role="auditor", path="/audit/verification"),
    Shot(name="organisation", role="administrator", path="/organisation"),
    Shot(name="settings", role="coordinator", path="/organisation/settings"),
    Shot(name="clock", role="coordinator", path="/clock"),
    Shot(name="help", role="owner", path="/help"),
)
REPORTING = (
    Shot(name="work", role="owner", path="/work"),
    Shot(name="work-phone", role="owner", path="/work", width=320),
    Shot(name="unit", role="owner", path=_UNIT),
    Shot(name="report", role="owner", path=f"/rounds/{HALF_YEAR}/items/{{subject}}/report"),
)
DECIDING = (
    Shot(name="queue", role="director", path="/queue"),
    Shot(name="decision", role="director", path=f"{_UNIT}/decide"),
    Shot(name="evidence", role="director", path=f"{_UNIT}/decide", click=".file-title a", then="#beside pre"),
)


@pytest.mark.parametrize("shot", OF_YEAR, ids=lambda shot: shot.name)
async def test_take(shot: Shot, year: Site, page_as: PageAs) -> None:
    await take(await page_as(year, PEOPLE[shot.role], language=shot.language, width=shot.width), year, shot)


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Call the agency's people as those of the demo year are called."""
    for role, name in NAMES.items():
        monkeypatch.setitem(PEOPLE_OF[AGENCY], role, name)


async def test_take_how_one_reports_and_decides(named: None, agency: Site, page_as: PageAs) -> None:
    for role, name in NAMES.items():
        said = {"name": name, "contact": f"{role}@virasto.example", "language": "fi"}
        await agency.do("admin", "change-person", person=role, **said)
    await agency.do("admin", "rename-unit", unit=UNIT, name=UNIT_NAME, valid_from="2024-06-03")
    items = (await agency.api("owner", f"rounds/{HALF_YEAR}/items", unit=UNIT))["items"]
    subject = next(each["subject"] for each in items if each["kind"] == "milestone")
    for shot in REPORTING:
        await take(await page_as(agency, shot.role, width=shot.width), agency, shot, subject=subject)
    await waiting(agency)
    for shot in DECIDING:
        await take(await page_as(agency, shot.role, width=shot.width), agency, shot)


async def take(page: Page, site: Site, shot: Shot, **named: str) -> None:
    """Take one picture."""
    answer = await page.goto(site.home + shot.path.format(**named), wait_until="networkidle")
    assert answer is not None
    assert answer.ok, f"{shot.path} answered {answer.status}"
    if shot.click is not None:
        await page.locator(shot.click).first.click()
        await page.locator(shot.then).first.wait_for()
    if shot.height is not None:
        await page.set_viewport_size({"width": shot.width, "height": shot.height})
    # Where a scrollbar stands is room kept free, which a picture without one would show as a stripe.
    await page.evaluate("document.documentElement.style.scrollbarGutter = 'auto'; document.fonts.ready")

    path = FOLDER / f"{shot.name}.png"
    path.parent.mkdir(exist_ok=True)
    await page.screenshot(path=path, animations="disabled", caret="hide")

    assert path.stat().st_size < BYTES
