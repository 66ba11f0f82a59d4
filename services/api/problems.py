"""What the API answers when it refuses or fails: RFC 9457 problems, and the one table of codes and statuses.

A code is stable and part of the interface; the text beside it may be reworded.
"""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.errors import Refused
from domain.values import Role

MEDIA_TYPE = "application/problem+json"
TYPE = "https://etappi.example/problems/{}"
RETRY_SECONDS = 2


class FieldError(BaseModel):
    """One field that can't be taken."""

    model_config = ConfigDict(extra="forbid")

    field: str = Field(description="Where: names and indices from the outermost in, joined by points.")
    code: str = Field(description="Stable: what kind of mistake it is.")
    reason: str
    rule: str | None = None
    mend: str | None = None


class Skipped(BaseModel):
    """An item that a command on many left out, and why; with several reasons it stands there several times."""

    model_config = ConfigDict(extra="forbid")

    subject: str
    code: str
    detail: str
    field: str | None = None
    rule: str | None = None
    mend: str | None = None
    by: str | None = Field(None, description="Who decided meanwhile, where somebody did.")


class Problem(BaseModel):
    """Why a request was not carried out (RFC 9457). Nothing was recorded, unless `code` says otherwise."""

    model_config = ConfigDict(extra="forbid", title="Problem")

    type: str = Field(description="A URI of the kind of problem; it ends in `code`.")
    title: str
    status: int
    detail: str = Field(description="What is wrong, in a sentence.")
    code: str = Field(description="Stable: what a program decides by.")
    field: str | None = Field(None, description="The command's field that it is about.")
    rule: str | None = Field(None, description="The rule or case of the domain that it follows from.")
    mend: str | None = Field(None, description="What to do.")
    roles: list[Role] | None = Field(None, description="Where it is a question of roles: in which one could.")
    by: str | None = Field(None, description="Who decided meanwhile, where somebody did.")
    instance: str = Field(description="This occurrence: `urn:uuid:` and the id under which it is logged.")
    errors: list[FieldError] | None = Field(None, description="Where several fields are wrong: each.")
    skipped: list[Skipped] | None = Field(None, description="Of a command on many items, all refused: why each was.")


class Refusal(Exception):
    """The API itself refuses a request."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        field: str | None = None,
        mend: str | None = None,
        rule: str | None = None,
        roles: Sequence[str] = (),
        by: str | None = None,
        errors: Sequence[FieldError] = (),
        skipped: Sequence[Skipped] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Say why, and with which status."""
        super().__init__(detail)
        self.status = int(status)
        self.code = code
        self.detail = detail
        self.field = field
        self.mend = mend
        self.rule = rule
        self.roles = tuple(roles)
        self.by = by
        self.errors = tuple(errors)
        self.skipped = tuple(skipped)
        self.headers = dict(headers or {})


_NOT_ALLOWED = frozenset(
    {
        "account-closed",
        "conflict-of-interest",
        "not-escalated",
        "not-in-engagement",
        "not-permitted",
        "not-the-holder",
        "not-the-principals-role",
        "no-substitute-for-this",
        "operator-only",
        "own-role",
        "own-signature",
        "own-work",
        "own-work-of-principal",
        "people-only",
        "role-ended",
        "substitution-not-in-force",
        "substitution-out-of-scope",
        "system-only",
    }
)
"""The person may not, whatever the request says."""

_CONFLICTS = frozenset(
    {
        "already-approved",
        "already-decided",
        "already-erased",
        "already-linked",
        "already-published",
        "already-recorded",
        "already-returned",
        "already-signed-off",
        "assessed-against-old-content",
        "attested-otherwise",
        "content-changed",
        "correction-open",
        "cycle-closed",
        "cycle-not-running",
        "delivered",
        "delivery-open",
        "deviation-not-open",
        "engagement-exists",
        "engagement-over",
        "evidence-exists",
        "evidence-revision",
        "final-accounts-not-approved",
        "finding-closed",
        "finding-exists",
        "findings-open",
        "item-not-in-draft",
        "item-not-submitted",
        "item-not-writable",
        "item-withdrawn",
        "items-not-signed",
        "key-not-current",
        "key-reused",
        "key-used-before",
        "no-action-reported",
        "no-correction",
        "no-late-completion",
        "no-statement",
        "no-supplement",
        "no-version-in-force",
        "not-a-draft",
        "not-all-assessed",
        "not-answered",
        "not-approved",
        "not-assessing",
        "not-compiled",
        "not-delivered",
        "not-held",
        "not-in-signing",
        "not-linked",
        "not-signed-off",
        "not-yet",
        "nothing-to-correct",
        "person-exists",
        "places-incomplete",
        "proposal-changed",
        "proposal-exists",
        "proposal-withdrawn",
        "reopening-exists",
        "report-outdated",
        "retention-shortened",
        "returned-by-ministry",
        "round-not-open",
        "slot-signed",
        "stage-changed",
        "step-not-due",
        "substitution-exists",
        "superseded",
        "target-stale",
        "too-early-to-publish",
        "under-legal-hold",
        "under-retention",
        "unit-exists",
        "version-exists",
        "window-not-open",
        "words-erased",
    }
)
"""The request is sound, but not as things stand now."""

_ABSENT = frozenset({"no-deviation", "not-in-scope"})
_NAMES_IN_BODIES = frozenset(
    {"unknown-commitment", "unknown-file", "unknown-setting", "unknown-step", "unknown-stream"}
)
"""What a body names and isn't there is a mistake in the body, unless the address or the whole command is about it."""


def status_of(refused: Refused) -> int:
    """The status of a refusal by the domain."""
    code = refused.code
    if code in _NOT_ALLOWED:
        return HTTPStatus.FORBIDDEN
    if code in _CONFLICTS:
        return HTTPStatus.CONFLICT
    if code in _ABSENT or (code.startswith("unknown-") and code not in _NAMES_IN_BODIES):
        return HTTPStatus.NOT_FOUND
    return HTTPStatus.UNPROCESSABLE_ENTITY


def refusal_of(refused: Refused, status: int | None = None) -> Refusal:
    """A refusal by the domain as the API answers it."""
    return Refusal(
        status or status_of(refused),
        refused.code,
        refused.message,
        field=refused.field,
        mend=refused.mend,
        rule=refused.rule,
        roles=refused.roles,
        by=refused.by,
        skipped=skipped_of(refused.skipped),
    )


def skipped_of(skipped: Iterable[tuple[str, Refused]]) -> list[Skipped]:
    """What a command on many items left out, as JSON."""
    return [
        Skipped(
            subject=subject,
            code=why.code,
            detail=why.message,
            field=why.field,
            rule=why.rule,
            mend=why.mend,
            by=why.by,
        )
        for subject, why in skipped
    ]


def body_of(refusal: Refusal, instance: str) -> dict[str, Any]:
    """The problem document."""
    problem = Problem(
        type=TYPE.format(refusal.code),
        title=HTTPStatus(refusal.status).phrase,
        status=refusal.status,
        detail=refusal.detail,
        code=refusal.code,
        field=refusal.field,
        rule=refusal.rule,
        mend=refusal.mend,
        roles=[Role(each) for each in refusal.roles] or None,
        by=refusal.by,
        instance=f"urn:uuid:{instance}",
        errors=list(refusal.errors) or None,
        skipped=list(refusal.skipped) or None,
    )
    return problem.model_dump(mode="json", exclude_none=True)


_WHEN = {
    400: "The request can't be read: malformed JSON, no Idempotency-Key, a body that was cut off.",
    401: "No bearer token, or one that isn't valid.",
    403: "The person may not do this.",
    404: "What the address or the command names isn't there.",
    405: "The address knows no such method.",
    409: "Not as things stand now: the state, another's change, a key used before.",
    412: "`If-Match` doesn't name the present content.",
    413: "The body is too large.",
    415: "The body isn't of a type that is taken.",
    422: "A field, or the command as a whole, breaks a rule.",
    429: "Too many requests; `Retry-After` says when to come again.",
    500: "An unexpected error; `instance` names it in the log.",
    503: "The service can't record or read now, and nothing was done; `Retry-After` says when to try again.",
}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How the OpenAPI says which problems an operation answers."""
    return {
        status: {"description": _WHEN[status], "content": {MEDIA_TYPE: {"schema": _REFERENCE}}} for status in statuses
    }


_REFERENCE = {"$ref": "#/components/schemas/Problem"}
READS = documented(401, 403, 404, 422, 429, 500, 503)
WRITES = documented(400, 401, 403, 404, 409, 412, 413, 422, 429, 500, 503)
