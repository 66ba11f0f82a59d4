"""How a list names its next page."""

from fastapi import Request, Response


def link(request: Request, response: Response, following: int | None) -> None:
    """The next page, as a `Link` header (RFC 8288)."""
    if following is not None:
        url = request.url.include_query_params(after=following)
        response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
