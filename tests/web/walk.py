"""Every page that a person reaches from their front page by its links, one of each kind."""

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
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
ACCOUNTS: dict[str, str | None] = {
    **{role: role for role in PEOPLE if role not in {"administrator", "visitor"}},
    "administrator": "admin",
}
"""The same of the small agency, where nothing is reported yet."""
GETS = {path: compile_path(path)[0] for area in AREAS for method, path, *_ in area.routes if method == "GET"}
"""The addresses of pages, with what tells them."""
MANIFOLD = ("recruitment-customer-process-2024", "payment-satisfaction")
"""Items with a document and a deviation, and with a return: the first one of the board has none of these."""
LATER = (f"rounds/2024-annual/units/{UNITS[0]}/decide/{MANIFOLD[0]}", "cycles/2024/response")
"""Pages that links lead to only before a delivery, and after the statement."""
STARTS = (*(f"rounds/2024-annual/items/{each}" for each in MANIFOLD), *LATER)
MOST = 150
"""Pages of one walk. More than there are: a link that makes ever new kinds of pages must not pass for a short walk."""
_SHOWN = ("aria-label", "title", "placeholder", "alt")
_UNREAD = frozenset({"script", "style", "code", "pre", "samp", "kbd"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)


def route_of(path: str) -> str | None:
    """The address that a path is one of; None for what isn't a page."""
    return next((route for route, pattern in GETS.items() if pattern.match(path)), None)


class Read(HTMLParser):
    """What a page has: its language, its links, its headings, and each text that is shown or read aloud.

    `foreign` are the texts of parts in another language. `kinds` are the kinds of its elements: tag, class and other
    attributes, within which; and which heading follows on which.
    """

    def __init__(self, text: str) -> None:
        """Read it."""
        super().__init__()
        self.lang: str | None = None
        self.links: list[str] = []
        self.ids: list[str] = []
        self.texts: list[str] = []
        self.foreign: list[str] = []
        self.kinds: set[Hashable] = set()
        self.h1 = self.mains = 0
        self.title = ""
        self._heading = ""
        self._open: list[_Open] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        around = self._open[-1] if self._open else _Open("", "", self.texts)
        if tag == "html":
            self.lang = said.get("lang")
        opened = _Open(tag, said.get("class") or "", self._where(tag, said, around))
        if tag == "a" and (href := said.get("href")):
            self.links.append(href)
        if found := said.get("id"):
            self.ids.append(found)
        self.h1 += tag == "h1"
        self.mains += tag == "main"
        self._note(opened, around, said)
        if opened.texts is not None:
            opened.texts.extend(text.strip() for name in _SHOWN if (text := said.get(name)))
        if tag not in _VOID:
            self._open.append(opened)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._open:
            return
        if self._open[-1].tag == "title":
            self.title += data
        texts = self._open[-1].texts
        if texts is not None and (text := " ".join(data.split())):
            texts.append(text)

    def _where(self, tag: str, said: Mapping[str, str | None], around: "_Open") -> list[str] | None:
        """Where the texts of an element belong: none where nobody reads it."""
        if tag in _UNREAD or around.texts is None:
            return None
        lang = said.get("lang")
        return around.texts if lang is None else self.texts if lang == self.lang else self.foreign

    def _note(self, opened: "_Open", around: "_Open", said: Mapping[str, str | None]) -> None:
        """The kind of an element, and of its heading."""
        names = frozenset(said)
        self.kinds.add(
            (around.tag, around.classes, opened.tag, opened.classes, said.get("type"), said.get("role"), names)
        )
        if re.fullmatch("h[1-6]", opened.tag):
            self.kinds.add((self._heading, opened.tag))
            self._heading = opened.tag


@dataclass(frozen=True, slots=True)
class _Open:
    """An element that isn't ended yet, and where its texts belong."""

    tag: str
    classes: str
    texts: list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A page as somebody saw it; of a file and of what no page is, `text` is empty, and of the latter `route`, too."""

    account: str | None
    route: str
    path: str
    status: int
    text: str
    read: Read = field(repr=False)


async def walked(site: Site, account: str | None, language: str, starts: Sequence[str] = ()) -> list[Seen]:
    """Follow the links from the front page: of each route, and of each set of fields in its query, one.

    `starts` lie below the ledger, and are looked at besides.
    """
    client = site.client(language) if account is None else await site.client_as(account, language)
    found: list[Seen] = []
    begun = [] if account is None else [*(f"{site.home}/{path}" for path in starts), site.home]
    left, known = [*begun, "/"], set[tuple[str, tuple[str, ...]]]()
    while left:
        path = left.pop(0)
        parts = urlsplit(path)
        route = route_of(parts.path)
        kind = (route or parts.path, tuple(sorted({name for name, _ in parse_qsl(parts.query)})))
        if kind in known and not (path in begun and path not in {seen.path for seen in found}):
            continue
        known.add(kind)
        seen = await _seen(client, account, route, path)
        found.append(seen)
        assert len(found) < MOST, [each.path for each in found]
        left += [address for link in seen.read.links if (address := _ours(site, path, link)) is not None]
    return found


def manifold(pages: Iterable[Seen]) -> list[Seen]:
    """So few of the pages that each route has every kind of element that it has for anybody."""
    known: dict[str, set[Hashable]] = {}
    found = []
    for seen in sorted(pages, key=lambda each: len(each.read.kinds), reverse=True):
        kinds = known.setdefault(seen.route, set())
        if seen.text and seen.read.kinds - kinds:
            found.append(seen)
            kinds |= seen.read.kinds
    return found


async def _seen(client: httpx2.AsyncClient, account: str | None, route: str | None, path: str) -> Seen:
    answer = await client.get(path)
    ours = route is not None and not answer.url.path.startswith("/idp/")
    html = ours and answer.headers.get("content-type", "").startswith("text/html")
    text = answer.text if html else ""
    return Seen(account=account, route=route or "", path=path, status=answer.status_code, text=text, read=Read(text))


def _ours(site: Site, path: str, link: str) -> str | None:
    """A link as a path of the site, without a fragment; None where it leads elsewhere or to another language."""
    address = urlsplit(urljoin(f"{site.url}{path}", link))
    if f"{address.scheme}://{address.netloc}" != site.url or "lang" in dict(parse_qsl(address.query)):
        return None
    return address.path + (f"?{address.query}" if address.query else "")


__all__ = ["ACCOUNTS", "GETS", "PEOPLE", "STARTS", "Read", "Seen", "manifold", "route_of", "walked"]
