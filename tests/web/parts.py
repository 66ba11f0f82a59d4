"""Every part of the pages on one page, as style.html shows them."""

from pathlib import Path
from typing import cast

from jinja2 import ChoiceLoader, FileSystemLoader
from starlette.requests import Request

from services.web import rendering
from services.web.api import Problem
from services.web.charts import Level, chart
from services.web.drafts import Drafts
from services.web.feedback import Feedback
from services.web.page import Page, Typed

NAMES = {
    "people": {"aino": "Aino Esimerkki", "bo": "Bo Exempel"},
    "units": {"u": {"fi": "Viestintä", "sv": "Kommunikation", "en": "Communications"}},
    "subjects": {},
}


def refused(field: str, reason: str) -> Problem:
    """What the API says of one field."""
    return Problem({"status": 422, "code": "field-missing", "detail": reason, "field": field})


def all_parts(language: str, problem: Problem | None = None, typed: Typed | None = None) -> str:
    """The page, as somebody sees it who isn't signed in."""
    templates = rendering.Templates()
    for environment in templates._environments.values():
        assert environment.loader is not None
        environment.loader = ChoiceLoader([environment.loader, FileSystemLoader(Path(__file__).parent)])
    request = Request(
        {"type": "http", "method": "GET", "scheme": "http", "server": ("etappi", 80), "path": "/", "root_path": ""}
        | {"query_string": b"light=red", "headers": []}
    )
    page = Page(
        request=request,
        session=None,
        api=None,
        drafts=cast("Drafts", None),
        feedback=cast("Feedback", None),
        templates=templates,
        language=language,
    )
    level = Level(year=2024, operator=">=", value="3.7", binding=True)
    return templates.render(
        "style.html",
        page=page,
        names=NAMES,
        problem=problem,
        typed=typed or {},
        trends=[("A", chart([level], [], current=2024))],
    )
