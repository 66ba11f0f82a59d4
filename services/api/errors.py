"""From exceptions to problems, in one place: what went wrong, how it is answered, logged and counted."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import asyncpg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from obstore.exceptions import BaseError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from domain.errors import Refused
from services.api.metrics import Metrics
from services.api.problems import MEDIA_TYPE, RETRY_SECONDS, FieldError, Refusal, body_of, refusal_of
from services.commands import Busy

_log = structlog.get_logger(__name__)

UNAVAILABLE: tuple[type[Exception], ...] = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""Postgres is away, full or on its way down; nothing was done, and another try may succeed."""


def install(app: FastAPI, metrics: Metrics) -> None:
    """Answer every exception of the app as a problem."""

    def answering(make: Callable[[Exception], Refusal]) -> Callable[[Request, Exception], JSONResponse]:
        def answer(request: Request, error: Exception) -> JSONResponse:
            refusal = make(error)
            _told(refusal, error, metrics)
            return JSONResponse(
                body_of(refusal, request.state.request_id),
                status_code=refusal.status,
                headers=refusal.headers,
                media_type=MEDIA_TYPE,
            )

        return answer

    app.exception_handler(Refusal)(answering(_itself))
    app.exception_handler(Refused)(answering(_refused))
    app.exception_handler(RequestValidationError)(answering(_invalid_request))
    app.exception_handler(HTTPException)(answering(_http))
    app.exception_handler(Busy)(answering(_busy))
    for kind in UNAVAILABLE:
        app.exception_handler(kind)(answering(_unavailable))
    app.exception_handler(BaseError)(answering(_objects))


def failed(metrics: Metrics) -> Callable[[str, Exception], JSONResponse]:
    """How an exception is answered that nothing else answered."""

    def answer(request_id: str, error: Exception) -> JSONResponse:
        refusal = _unexpected(error)
        _told(refusal, error, metrics)
        return JSONResponse(body_of(refusal, request_id), status_code=refusal.status, media_type=MEDIA_TYPE)

    return answer


def _told(refusal: Refusal, error: Exception, metrics: Metrics) -> None:
    metrics.refusals.labels(refusal.code).inc()
    if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # With the trace, which has no local variables: the answer names it by the request's id.
        _log.error("a request failed", code=refusal.code, status=refusal.status, exc_info=error)
    else:
        _log.info("a request was refused", code=refusal.code, status=refusal.status)


def _itself(error: Exception) -> Refusal:
    return error if isinstance(error, Refusal) else _unexpected(error)


def _refused(error: Exception) -> Refusal:
    return refusal_of(error) if isinstance(error, Refused) else _unexpected(error)


def _invalid_request(error: Exception) -> Refusal:
    if not isinstance(error, RequestValidationError):
        return _unexpected(error)
    errors = error.errors()
    for each in errors:
        if [str(part).lower() for part in each["loc"]] == ["header", "idempotency-key"]:
            missing = each["type"] == "missing"
            return Refusal(
                400,
                "idempotency-key-missing" if missing else "idempotency-key-malformed",
                "Every POST needs an Idempotency-Key of 1 to 200 visible ASCII characters.",
                field="Idempotency-Key",
                mend="Make a new one for each request, and send it again with a retry.",
            )
    return invalid([_field_error(each) for each in errors])


_CODES = {
    "date_out_of_range": "date-out-of-range",
    "decimal_comma": "decimal-comma",
    "decimal_malformed": "malformed-decimal",
    "enum": "not-one-of-these",
    "extra_forbidden": "unknown-field",
    "greater_than_equal": "out-of-range",
    "less_than_equal": "out-of-range",
    "literal_error": "not-one-of-these",
    "missing": "field-missing",
    "no_date": "no-such-date",
    "string_pattern_mismatch": "malformed-text",
    "string_too_long": "too-long",
    "string_too_short": "too-short",
    "too_long": "too-long",
    "too_short": "too-short",
}
"""By pydantic's kind of error, whose names may change with its version. The rest are of another type than is asked."""


def _field_error(error: Any) -> FieldError:
    kind, context = str(error["type"]), error.get("ctx") or {}
    if error.get("input", ...) is None and kind.endswith("_type"):
        # Null where something must be said: a field of a form that was left blank.
        return FieldError(field=_place(error), code="field-missing", reason="Field required")
    return FieldError(
        field=_place(error),
        code=_CODES.get(kind, "wrong-type" if kind.endswith(("_type", "_parsing")) else "malformed-value"),
        reason=str(error["msg"]),
        rule=context.get("rule"),
        mend=context.get("mend"),
    )


def _place(error: Any) -> str:
    return ".".join(str(part) for part in error["loc"])


def invalid(errors: list[FieldError]) -> Refusal:
    """Fields that can't be taken, each with its place and reason."""
    if len(errors) > 1:
        return Refusal(422, "invalid-input", f"{len(errors)} fields can't be taken.", errors=errors[:100])
    [one] = errors
    if one.code == "decimal-comma":
        return Refusal(
            422,
            "decimal-comma",
            "A decimal is written with a point, not a comma.",
            field=one.field,
            rule="case 12",
            mend=one.mend,
            errors=errors,
        )
    return Refusal(422, "invalid-input", one.reason, field=one.field, rule=one.rule, mend=one.mend, errors=errors)


def invalid_body(error: ValidationError) -> Refusal:
    """What pydantic says of a body."""
    details = error.errors(include_url=False)
    if any(each["type"] == "json_invalid" for each in details):
        return Refusal(400, "malformed-json", "The body is no JSON.", mend="Send a JSON object in UTF-8.")
    return invalid([_field_error(each) for each in details])


def _http(error: Exception) -> Refusal:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    match status:
        case 404:
            return Refusal(404, "unknown-address", "There is nothing at this address.")
        case 405:
            return Refusal(405, "method-not-allowed", "This address knows no such method.", headers=headers)
        case _:
            return Refusal(status, "http-error", HTTPStatus(status).phrase, headers=headers)


def _busy(_: Exception) -> Refusal:
    return _retry("busy", "Others kept writing the same; nothing was recorded.")


def _unavailable(_: Exception) -> Refusal:
    return _retry("unavailable", "The database can't be reached; nothing was recorded.")


def _objects(_: Exception) -> Refusal:
    return _retry("files-unavailable", "The store of files can't be reached; nothing was recorded.")


def _retry(code: str, why: str) -> Refusal:
    return Refusal(503, code, why, mend="Send it again with the same key.", headers={"Retry-After": str(RETRY_SECONDS)})


def _unexpected(_: Exception) -> Refusal:
    return Refusal(500, "unexpected", "Something went wrong; it is logged under the id in `instance`.")
