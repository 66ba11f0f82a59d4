"""The pages as an app around the API: what isn't the API's, the log's or the operator's is a page."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx2
import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from services.eventstore.connections import Pool
from services.settings import Settings
from services.web.api import Api, Asking, Problem
from services.web.drafts import Drafts
from services.web.feedback import Feedback
from services.web.guard import FORM_BYTES, READING, Guard, at_most
from services.web.headers import Headers
from services.web.languages import LANGUAGES, preferred
from services.web.page import Handler, Page
from services.web.pages import AREAS
from services.web.rendering import Templates
from services.web.sessions import Session, Sessions
from services.web.signin import SignIn
from services.web.static import files

SERVED_ELSEWHERE = ("/api/", "/log/", "/idp/", "/healthz", "/readyz", "/metrics")
"""Where addresses begin that aren't pages."""
SMALL = 1_000
"""Bytes that aren't worth being compressed."""
LANGUAGE = "lang"
"""The query and the cookie that say a language."""
YEAR_SECONDS = 365 * 86_400
_CODES = {404: "unknown-address", 405: "method-not-allowed", 413: "body-too-large"}
_log = structlog.get_logger(__name__)


def create_web(
    service: ASGIApp,
    *,
    settings: Settings,
    pool: Pool,
    issuer: str,
    provider: httpx2.AsyncClient | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> ASGIApp:
    """The whole service: `service` answers as before; the rest are pages, which ask it as their reader.

    People sign in at `issuer`, which `provider` reaches; without one it is reached over the network. `now` is asked
    when a request comes in.
    """
    public_url = settings.public_url
    sessions = Sessions.of(settings, pool)
    signin = SignIn(settings, sessions, issuer=issuer, public_url=public_url, language=_language, client=provider)
    front = _Front(service, sessions, Drafts(pool), Feedback(pool), signin, Templates(), now, _workflows(settings))
    routes = [
        Route(path, front.answering(handler, signed_in=signed_in), methods=[method])
        for area in AREAS
        for method, path, handler, signed_in in area.routes
    ]
    app = Starlette(
        routes=[Mount("/static", files()), *signin.routes(front.refuse), *routes],
        exception_handlers={HTTPException: front.nothing_there, Exception: front.failed},
    )
    guard = Guard(app, public_url, refuse=front.refuse, upload_bytes=settings.evidence_max_bytes)
    guarded = GZipMiddleware(Headers(guard, issuer=issuer, public_url=public_url), minimum_size=SMALL)

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        pages = scope["type"] == "http" and not f"{scope['path']}/".startswith(SERVED_ELSEWHERE)
        await (guarded if pages else service)(scope, receive, send)

    return either


@dataclass(frozen=True, slots=True)
class _Front:
    """How every page comes to its answer."""

    service: ASGIApp
    sessions: Sessions
    drafts: Drafts
    feedback: Feedback
    signin: SignIn
    templates: Templates
    now: Callable[[], datetime]
    workflows: str | None

    def answering(self, handler: Handler, *, signed_in: bool) -> Callable[[Request], Any]:
        """A route of a page's handler."""

        async def answer(request: Request) -> Response:
            # First of all: this instant decides what is late.
            request.state.received_at = self.now()
            with structlog.contextvars.bound_contextvars(request=_id(request)):
                return await answered(request)

        async def answered(request: Request) -> Response:
            if not all(_plain(str(part)) for part in request.path_params.values()):
                raise HTTPException(HTTPStatus.NOT_FOUND)
            if (chosen := request.query_params.get(LANGUAGE)) in LANGUAGES:
                return _in_language(request, str(chosen))
            session = await self.sessions.find(request.cookies)
            if session is None:
                # Files are taken from people who are signed in alone.
                request = at_most(request, FORM_BYTES)
                if signed_in:
                    return await self._signed_out(request)
            page = self._page(request, session)
            try:
                if session is not None and "ledger" in request.path_params:
                    page.me = await page.get("me")
                response = await handler(page)
            except Problem as problem:
                response = await self._refused(page, problem)
            if session is not None:
                await self.sessions.save(session)
            return response

        return answer

    def _page(self, request: Request, session: Session | None) -> Page:
        asking = (
            None
            if session is None
            else Asking(login=session.login, received_at=request.state.received_at, request_id=_id(request))
        )
        return Page(
            request=request,
            session=session,
            api=None if asking is None else Api(self.service, asking),
            drafts=self.drafts,
            feedback=self.feedback,
            templates=self.templates,
            language=_language(request),
            ledger=request.path_params.get("ledger"),
            workflows=self.workflows,
        )

    async def _signed_out(self, request: Request) -> Response:
        """To sign in, and back here; what was typed into a form comes along."""
        if request.method in READING:
            query = f"?{request.url.query}" if request.url.query else ""
            return self.signin.to(f"{request.url.path}{query}")
        page = self._page(request, None)
        try:
            typed = await page.typed()
        except HTTPException:
            # It is too long, or no form.
            return await page.render("signed-out.html", status=401, fields=None, files=False)
        return await page.render("signed-out.html", status=401, fields=typed.pairs, files=bool(typed.files))

    async def _refused(self, page: Page, problem: Problem) -> Response:
        """The page of what the API refused where the handler had no better one."""
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("a page failed", code=problem.code, status=problem.status, instance=problem.said.get("instance"))
        if page.request.method == "POST":
            await page.typed()
        return await page.render("problem.html", problem=problem)

    async def nothing_there(self, request: Request, error: Exception) -> Response:
        """A page for an address that there isn't; one that only takes a form leads to the page above it."""
        status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND
        if status == HTTPStatus.METHOD_NOT_ALLOWED and request.method in READING:
            return RedirectResponse(_above(request), status_code=303)
        request.state.received_at = self.now()
        page = self._page(request, await self.sessions.find(request.cookies))
        page.ledger = request.url.path.split("/")[1]
        if page.session is not None and _plain(page.ledger):
            with suppress(Problem):
                page.me = await page.get("me")
        if page.me is None:
            page.ledger = None
        return await page.render("problem.html", problem=_problem(status, _CODES.get(status, "http-error")))

    async def failed(self, request: Request, error: Exception) -> Response:
        """A page for what nothing else answered."""
        request_id = _id(request)
        _log.error("a page failed", request=request_id, exc_info=error)
        page = self._page(request, None)
        return await page.render("problem.html", problem=_problem(500, "unexpected", f"urn:uuid:{request_id}"))

    async def refuse(self, request: Request, status: int, code: str) -> Response:
        """A page that says why nothing was done."""
        return await self._page(request, None).render("problem.html", problem=_problem(status, code))


def _problem(status: int, code: str, instance: str | None = None) -> Problem:
    return Problem({"status": status, "code": code, "detail": "", "instance": instance})


def _id(request: Request) -> str:
    """What the log calls a request."""
    if not hasattr(request.state, "request_id"):
        request.state.request_id = str(uuid.uuid4())
    return str(request.state.request_id)


def _workflows(settings: Settings) -> str | None:
    """Where Temporal's web interface shows the workflows of our namespace."""
    url = settings.temporal_ui_url
    return None if url is None else f"{url.rstrip('/')}/namespaces/{settings.temporal_namespace}/workflows"


def _above(request: Request) -> str:
    """The nearest page above an address."""
    path = request.scope["path"]
    while path := path.rpartition("/")[0]:
        if any(route.matches({**request.scope, "path": path})[0] is Match.FULL for route in request.app.routes):
            return quote(path) + ("?" + request.url.query if request.url.query else "")
    return "/"


def _plain(part: str) -> bool:
    """Whether a part of an address is a name, and no step to another one."""
    return part.isprintable() and part not in {".", ".."}


def _language(request: Request) -> str:
    """The language that was chosen, else the browser's."""
    chosen = request.cookies.get(LANGUAGE, "")
    return chosen if chosen in LANGUAGES else preferred(request.headers.get("accept-language", ""))


def _in_language(request: Request, language: str) -> Response:
    """The same page in another language, from now on."""
    address = request.url.remove_query_params(LANGUAGE)
    response = RedirectResponse(f"{address.path}{'?' + address.query if address.query else ''}", status_code=303)
    response.set_cookie(
        LANGUAGE, language, max_age=YEAR_SECONDS, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
    return response


__all__ = ["create_web"]
