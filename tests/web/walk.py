"""Every page that a person reaches from their front page by its links, one of each kind."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2
from starlette.routing import compile_path

from services.demo.people import ASSESSOR, AUDITOR, COORDINATOR, DECIDER, DIRECTORS, HEAD, OWNERS, UNITS
from services.web.pages import AREAS
from web.site import Site

PEOPLE: dict[str, str | None] = {
    "owner": OWNERS[UNITS[6]].account,
    "director": DIRECTORS[UNITS[6]].account,
    "head": HEAD.account,
    "coordinator": COORDINATOR.account,
    "assessor": ASSESSOR.account,
    "decider": DECIDER.account,
    "auditor": AUDITOR.account,
    "administrator": "aino-lehtonen",
    "visitor": None,
}
"""One person of each role, who has something to do in the demo year on 10 June 2025, and one who hasn't signed in."""
GETS = {path: compile_path(path)[0] for area in AREAS for method, path, *_ in area.routes if method == "GET"}
"""The addresses of pages, with what tells them."""
MANIFOLD = ("recruitment-customer-process-2024", "payment-satisfaction")
"""Items with a document and a deviation, and with a return: the first one of the board has none of these."""
LATER = (f"rounds/2024-annual/units/{UNITS[0]}/decide/{MANIFOLD[0]}", "cycles/2024/response")
"""Pages that links lead to only before a delivery, and after the statement."""
MOST = 150
_SHOWN = ("aria-label", "title", "placeholder", "alt")
_UNREAD = frozenset({"script", "style", "code", "pre", "samp", "kbd"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)


def route_of(path: str) -> str | None:
    """The address that a path is one of; None for what isn't a page."""
    return next((route for route, pattern in GETS.items() if pattern.match(path)), None)


class Read(HTMLParser):
    """What a page has: its language, its links, its headings, and each text that is shown or read aloud."""

    def __init__(self, text: str) -> None:
        """Read it."""
        super().__init__()
        self.lang: str | None = None
        self.links: list[str] = []
        self.ids: list[str] = []
        self.texts: list[str] = []
        self.h1 = self.mains = 0
        self.title = ""
        self._open: list[tuple[str, bool]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        inside = self._open[-1][1] if self._open else False
        foreign = said.get("lang") not in {None, self.lang} if self.lang else False
        unread = inside or tag in _UNREAD or foreign
        if tag == "html":
            self.lang = said.get("lang")
        if tag == "a" and (href := said.get("href")):
            self.links.append(href)
        if found := said.get("id"):
            self.ids.append(found)
        self.h1 += tag == "h1"
        self.mains += tag == "main"
        if not unread:
            self.texts += [text.strip() for name in _SHOWN if (text := said.get(name))]
        if tag not in _VOID:
            self._open.append((tag, unread))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] == "title":
            self.title += data
        if self._open and not self._open[-1][1] and (text := " ".join(data.split())):
            self.texts.append(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A page as somebody saw it; of a file and of the identity provider's, `text` is empty."""

    role: str
    route: str
    path: str
    status: int
    text: str
    read: Read = field(repr=False)


async def walked(site: Site, role: str, language: str) -> list[Seen]:
    """Follow the links from the front page: of each route, and of each set of fields in its query, one."""
    account = PEOPLE[role]
    client = site.client(language) if account is None else await site.client_as(account, language)
    found: list[Seen] = []
    starts = [f"{site.home}/{path}" for path in (*(f"rounds/2024-annual/items/{each}" for each in MANIFOLD), *LATER)]
    left, known = ["/"] if account is None else [*starts, site.home, "/"], set[tuple[str, tuple[str, ...]]]()
    while left and len(found) < MOST:
        path = left.pop(0)
        route = route_of(urlsplit(path).path)
        kind = (route or "", tuple(sorted({name for name, _ in parse_qsl(urlsplit(path).query)})))
        started = path in starts and path not in {seen.path for seen in found}
        if route is None or (kind in known and not started):
            continue
        known.add(kind)
        seen = await _seen(client, role, route, path)
        found.append(seen)
        left += [address for link in seen.read.links if (address := _ours(site, path, link)) is not None]
    return found


async def _seen(client: httpx2.AsyncClient, role: str, route: str, path: str) -> Seen:
    answer = await client.get(path)
    ours = not answer.url.path.startswith("/idp/")
    if not ours or not answer.headers.get("content-type", "").startswith("text/html"):
        return Seen(role=role, route=route, path=path, status=answer.status_code, text="", read=Read(""))
    return Seen(role=role, route=route, path=path, status=answer.status_code, text=answer.text, read=Read(answer.text))


def _ours(site: Site, path: str, link: str) -> str | None:
    """A link as a path of the site, without a fragment; None where it leads elsewhere or to another language."""
    address = urlsplit(urljoin(f"{site.url}{path}", link))
    if f"{address.scheme}://{address.netloc}" != site.url or "lang" in dict(parse_qsl(address.query)):
        return None
    return address.path + (f"?{address.query}" if address.query else "")


__all__ = ["GETS", "PEOPLE", "Read", "Seen", "route_of", "walked"]
