"""One page of one person: what it is made of, what they typed, and how it is answered.

A handler reads from `page.api`, and ends in `page.render(…)`, or, after a command, in `page.to(…)`. A `Problem` that it
lets pass becomes a page that says what is wrong and what to do.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeAlias, cast
from urllib.parse import quote, urlencode

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.web import languages
from services.web.api import Api, Problem, Shown
from services.web.drafts import Drafts
from services.web.feedback import Feedback
from services.web.guard import FORM_BYTES
from services.web.navigation import Link, navigation
from services.web.rendering import Templates, new_key
from services.web.sessions import Session

KEY = "key"
"""The hidden field of every form: sent twice, it is one command."""
ACTING_FOR = "acting_for"
"""The field that says for whom a substitute acts."""
MOST_FIELDS = 4_000
JUNE = 6


class Typed(dict[str, str]):
    """The fields of a form as they were typed; of a field that stands several times `all` has each.

    `pairs` are all of them in order, `files` what was chosen to upload.
    """

    def __init__(self, form: FormData) -> None:
        """Files apart."""
        pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        super().__init__(pairs)
        self.pairs = pairs
        self.files: list[tuple[str, UploadFile]] = [
            (name, value) for name, value in form.multi_items() if isinstance(value, UploadFile) and value.filename
        ]

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for key, value in self.pairs if key == name]

    def text(self, name: str) -> str | None:
        """A field; blank is None."""
        return self.get(name, "").strip() or None


@dataclass(slots=True, kw_only=True)
class Page:
    """A request: of somebody who is signed in, or, for a few pages, of anybody. Handlers may set `crumbs`."""

    request: Request
    session: Session | None
    api: Api | None
    drafts: Drafts
    feedback: Feedback
    templates: Templates
    language: str
    ledger: str | None = None
    me: Shown | None = None
    crumbs: Sequence[Link] = ()
    workflows: str | None = None
    """Where Temporal shows its workflows; None where that isn't known."""
    clock: Shown | None = None
    """A demo's clock and what comes next, on its page: to find it costs too much for the bar of every page."""
    recorded: int = 0
    """How many commands of this request were recorded: a page may give several."""
    behind: bool = False
    """Whether a read model that was asked isn't as far as what this session did last."""
    _names: Shown | None = field(default=None)
    _typed: Typed | None = field(default=None)

    @property
    def now(self) -> datetime:
        """What the ledger's clock shows."""
        return datetime.fromisoformat(self.myself["now"])

    @property
    def today(self) -> str:
        """The day that the ledger's clock shows, in Helsinki."""
        return str(self.myself["today"])

    @property
    def myself(self) -> Shown:
        """Who the reader is in the ledger: the API's answer to `GET /{ledger}/me`."""
        if self.me is None:
            raise RuntimeError("this page lies outside of all ledgers")
        return self.me

    @property
    def signed_in(self) -> Session:
        """The reader's session."""
        if self.session is None:
            raise RuntimeError("nobody is signed in on this page")
        return self.session

    @property
    def asking(self) -> Api:
        """The API as the reader asks it."""
        if self.api is None:
            raise RuntimeError("nobody is signed in on this page")
        return self.api

    @property
    def person(self) -> str:
        """The reader's id in the ledger."""
        return str(self.myself["person"])

    @property
    def roles(self) -> frozenset[str]:
        """The roles that they hold today, those for others among them."""
        return frozenset() if self.me is None else frozenset(each["role"] for each in self.me["roles"])

    @property
    def demo(self) -> bool:
        """Whether the ledger is a demo, with a clock of its own."""
        return self.me is not None and bool(self.me["demo"])

    @property
    def path(self) -> str:
        """The page's own address."""
        return self.request.url.path

    @property
    def person_name(self) -> str | None:
        """What the reader is called, by the identity provider."""
        return None if self.session is None else self.session.name

    @property
    def agency(self) -> str | None:
        """The agency whose ledger it is."""
        return None if self.me is None else str(self.me["agency"]).upper()

    @property
    def navigation(self) -> Sequence[Link]:
        """Where the reader may go from here."""
        return navigation(self)

    @property
    def flash(self) -> Shown | None:
        """What was just done, said once: {text, kind}."""
        return None if self.session is None else self.session.said()

    @property
    def cycle_year(self) -> int:
        """The year that is on most desks now: the last one until the ministry's statement in June, then the present.

        The nearest one that an agreement binds, if that one isn't bound.
        """
        year, month = int(self.today[:4]), int(self.today[5:7])
        wanted = year - 1 if month <= JUNE else year
        years: list[int] = self.myself["years"]
        return min(years, key=lambda each: abs(each - wanted), default=wanted)

    def units(self, *roles: str) -> list[str]:
        """The units in which one of the roles is held."""
        return sorted({each["unit"] for each in self.myself["roles"] if each["role"] in roles and each["unit"]})

    def part(self, name: str) -> str:
        """A part of the address: `/{ledger}/rounds/{round}` has `round`."""
        return str(self.request.path_params[name])

    def asked(self, name: str, default: str | None = None) -> str | None:
        """A field of the query; blank is absent."""
        return self.request.query_params.get(name, "").strip() or default

    def gettext(self, said: str, **values: object) -> str:
        """A sentence in the reader's language."""
        return self.templates.gettext(self.language, said, **values)

    def day(self, written: str) -> str:
        """A date as the reader's language writes it."""
        return languages.day(written, self.language)

    def address(self, *parts: object, **query: object) -> str:
        """An address below the ledger: `address("rounds", "2024-annual", unit="u")`."""
        path = "/".join(quote(str(each), safe="") for each in (self.ledger, *parts) if each is not None)
        asked = {name: value for name, value in query.items() if value is not None}
        return f"/{path}" + (f"?{urlencode(asked)}" if asked else "")

    def workflow(self, process: str) -> str | None:
        """Where Temporal shows the workflow of one of the ledger's processes: `reporting-cycle/2024`."""
        return None if self.workflows is None else f"{self.workflows}/{quote(f'{self.ledger}/{process}', safe='')}"

    async def get(self, path: str, /, **query: object) -> Any:
        """Read below the ledger: `await page.get("rounds/2024-annual")`. Raises `Problem`."""
        return await self.asking.get(f"{self.ledger}/{path}", **query)

    async def view(self, path: str, /, **query: object) -> Any:
        """Read a read model, which is to know what this session did last: it waits for it a moment."""
        found = await self.get(path, min_position=self.signed_in.positions.get(self.ledger or ""), **query)
        self.behind = self.behind or bool(found.get("stale"))
        return found

    async def every(self, path: str, member: str, /, **query: object) -> list[Any]:
        """All of a list that comes in pages; `member` is the name of the list in the answers."""
        found: list[Any] = []
        after: object = None
        while True:
            answer = await self.get(path, limit=500, after=after, **query)
            found += answer[member]
            after = answer["next"]
            if after is None:
                return found

    async def names(self) -> Shown:
        """What people, units and subjects are called."""
        if self._names is None:
            self._names = cast("Shown", await self.get("names"))
        return self._names

    async def typed(self) -> Typed:
        """What was sent by the form."""
        if self._typed is None:
            form = await self.request.form(max_files=20, max_fields=MOST_FIELDS, max_part_size=FORM_BYTES)
            self._typed = Typed(form)
        return self._typed

    @property
    def unsent(self) -> Sequence[tuple[str, str]]:
        """What the form of this request held, to be sent again where it couldn't be carried out."""
        return () if self._typed is None else self._typed.pairs

    async def command(self, name: str, body: Mapping[str, Any], key: str | None = None) -> Shown:
        """Give a command in the reader's name, or for whom the form says. Raises `Problem`.

        A form that gives several commands names a `key` for each; what the form's own key is followed by keeps them
        apart.
        """
        typed = await self.typed()
        own = typed.get(KEY) or new_key()
        answer = await self.asking.command(
            self.ledger or "",
            name,
            body,
            key=own if key is None else f"{own}.{key}",
            acting_for=typed.text(ACTING_FOR),
        )
        if answer["last"] is not None:
            self.recorded += 1
            self.signed_in.went_to(self.ledger or "", answer["last"])
        return answer

    async def may(self, name: str, body: Mapping[str, Any], acting_for: str | None = None) -> Problem | None:
        """Why a command would be refused now; None if it would be carried out."""
        try:
            await self.asking.check(self.ledger or "", name, body, acting_for=acting_for)
        except Problem as problem:
            return problem
        return None

    async def upload(self, file: UploadFile, key: str) -> str:
        """Hand a file of a form on; the name that commands take. Raises `Problem`."""

        async def content() -> Any:
            while chunk := await file.read(1 << 16):
                yield chunk

        own = (await self.typed()).get(KEY) or new_key()
        return await self.asking.upload(
            self.ledger or "",
            file.filename or "",
            file.content_type or "application/octet-stream",
            content(),
            key=f"{own}.{key}",
        )

    async def render(
        self, template: str, *, status: int | None = None, problem: Problem | None = None, **values: Any
    ) -> Response:
        """The page. Where a command was refused, `problem` is it, and what was typed stays in the fields."""
        names = await self.names() if self.ledger is not None and self.me is not None else None
        html = self.templates.render(
            template,
            page=self,
            names=names,
            problem=problem,
            typed=self._typed or {},
            **values,
        )
        return HTMLResponse(html, status_code=status or (problem.status if problem is not None else HTTPStatus.OK))

    def to(self, address: str, said: str | None = None, kind: str = "success") -> Response:
        """Go on to another page, which says once what was done."""
        if said is not None:
            self.signed_in.say(said, kind)
        return RedirectResponse(address, status_code=303)


Handler: TypeAlias = Callable[[Page], Awaitable[Response]]


class Pages:
    """The pages of one area: `@pages.get("/{ledger}/work")` above a handler."""

    def __init__(self) -> None:
        """None yet."""
        self.routes: list[tuple[str, str, Handler, bool]] = []
        """Method, address, handler, and whether one must be signed in."""

    def get(self, path: str) -> Callable[[Handler], Handler]:
        """A page to read."""
        return self._at("GET", path)

    def post(self, path: str) -> Callable[[Handler], Handler]:
        """Where a form is sent."""
        return self._at("POST", path)

    def public(self, path: str) -> Callable[[Handler], Handler]:
        """A page that anybody reads, signed in or not."""
        return self._at("GET", path, signed_in=False)

    def public_post(self, path: str) -> Callable[[Handler], Handler]:
        """Where a form is sent that anybody may send."""
        return self._at("POST", path, signed_in=False)

    def _at(self, method: str, path: str, *, signed_in: bool = True) -> Callable[[Handler], Handler]:
        def taken(handler: Handler) -> Handler:
            self.routes.append((method, path, handler, signed_in))
            return handler

        return taken


__all__ = ["ACTING_FOR", "KEY", "Handler", "Link", "Page", "Pages", "Typed"]
