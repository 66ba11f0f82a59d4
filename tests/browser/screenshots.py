"""The pictures of docs/screenshots: `make screenshots` takes them anew, from the demo year on 10 June 2025."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from web.site import Site
from web.walk import PEOPLE

from browser.conftest import PageAs

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
BYTES = 200_000
UNIT, MILESTONE = "payments", "amif-payments-2024"
WITH_ALL = "recruitment-customer-process-2024"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A picture: of what page, as whom, in which language, how wide."""

    name: str
    role: str
    path: str
    language: str = "fi"
    width: int = 1280


SHOTS = (
    Shot(name="board", role="coordinator", path=""),
    Shot(name="board-sv", role="coordinator", path="", language="sv"),
    Shot(name="board-en", role="coordinator", path="", language="en"),
    Shot(name="board-phone", role="coordinator", path="", width=320),
    Shot(name="milestone", role="coordinator", path=f"/rounds/2024-annual/items/{WITH_ALL}"),
    Shot(name="work", role="owner", path="/work"),
    Shot(name="work-phone", role="owner", path="/work", width=320),
    Shot(name="report", role="owner", path=f"/rounds/2025-half-year/items/{MILESTONE}/report"),
    Shot(name="queue", role="director", path=f"/rounds/2025-half-year/units/{UNIT}"),
    Shot(name="compiled", role="head", path="/rounds/2024-annual"),
    Shot(name="cycle", role="coordinator", path="/cycles/2024"),
    Shot(name="assessment", role="assessor", path="/cycles/2024/assessment"),
    Shot(name="agreement", role="decider", path="/agreements"),
    Shot(name="trail", role="auditor", path="/audit/trail"),
    Shot(name="replay", role="auditor", path="/audit/replay"),
    Shot(name="controls", role="auditor", path="/audit/controls"),
    Shot(name="organisation", role="administrator", path="/organisation"),
    Shot(name="clock", role="coordinator", path="/clock"),
    Shot(name="help", role="owner", path="/help"),
)


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
async def test_take(shot: Shot, year: Site, page_as: PageAs) -> None:
    page = await page_as(year, PEOPLE[shot.role], language=shot.language, width=shot.width)
    answer = await page.goto(year.home + shot.path, wait_until="networkidle")
    assert answer is not None
    assert answer.ok, f"{shot.path} answered {answer.status}"
    await page.evaluate("document.fonts.ready")

    path = FOLDER / f"{shot.name}.png"
    path.parent.mkdir(exist_ok=True)
    await page.screenshot(path=path, animations="disabled", caret="hide")

    assert path.stat().st_size < BYTES
