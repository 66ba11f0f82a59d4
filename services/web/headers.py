"""The headers of every page: nothing from another host, nothing inline, no frame but our own, no copy kept."""

import re

from secure import (
    CacheControl,
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
)
from secure.middleware import SecureASGIMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from services.web.guard import origin_of

KEPT = "/static/"
"""What browsers may keep: it holds nobody's data."""
DOCUMENTS = re.compile(r"/[^/]+/files/[^/]+")
"""Documents, which pages show in a frame of their own."""
YEAR_SECONDS = 31_536_000


class Headers:
    """Around the pages."""

    def __init__(self, app: ASGIApp, *, issuer: str, public_url: str | None) -> None:
        """Forms may lead to the `issuer`: browsers ask that also where signing out is redirected there."""
        fresh = CacheControl().no_store()
        self._kept = SecureASGIMiddleware(app, secure=_headers(issuer, public_url, cache=None))
        self._fresh = SecureASGIMiddleware(app, secure=_headers(issuer, public_url, cache=fresh))
        self._framed = SecureASGIMiddleware(app, secure=_headers(issuer, public_url, cache=fresh, framed=True))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers."""
        path = scope["path"] if scope["type"] == "http" else ""
        around = self._framed if DOCUMENTS.fullmatch(path) else self._kept if path.startswith(KEPT) else self._fresh
        await around(scope, receive, send)  # type: ignore[arg-type]


def _headers(issuer: str, public_url: str | None, *, cache: CacheControl | None, framed: bool = False) -> Secure:
    own = "'self'"
    policy = (
        ContentSecurityPolicy()
        .default_src("'none'")
        .script_src(own)
        .style_src(own)
        .font_src(own)
        .img_src(own)
        .frame_src(own)
        .connect_src(own)
        .form_action(own, origin_of(issuer))
        .frame_ancestors(own if framed else "'none'")
        .base_uri("'none'")
    )
    encrypted = (public_url or "").startswith("https:")
    return Secure(
        csp=policy,
        cache=cache,
        coop=CrossOriginOpenerPolicy().same_origin(),
        corp=CrossOriginResourcePolicy().same_origin(),
        hsts=StrictTransportSecurity().max_age(YEAR_SECONDS).include_subdomains() if encrypted else None,
        permissions=PermissionsPolicy().camera().microphone().geolocation().display_capture().payment().usb(),
        # Not no-referrer: then browsers would send forms with `Origin: null`.
        referrer=ReferrerPolicy().same_origin(),
        xcto=XContentTypeOptions().nosniff(),
    )


__all__ = ["Headers"]
