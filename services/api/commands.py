"""One operation for each command that a person gives, made from the domain's registry."""

import dataclasses
import json
import re
from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.commands import COMMANDS, Spec
from domain.errors import Refused
from domain.item import FOLD as ITEM
from domain.item import Content, content_digest
from domain.values import ActorKind, Digest, VersionId
from services.agreements import Malformation, MalformedAgreement, fingerprint, import_command, load
from services.api.addresses import PREFIX, Check, IfMatch, Key, KeyUnlessChecked, Ledger
from services.api.bodies import body_model, command_of
from services.api.callers import Caller, Callers
from services.api.codes import codes_of
from services.api.errors import invalid_body
from services.api.parts import Parts
from services.api.problems import WRITES, FieldError, Refusal, Skipped, refusal_of, skipped_of
from services.api.raw import whole
from services.commands import Done
from services.commands import Request as Command

IMPORT = "import-agreement"


class Answer(BaseModel):
    """What a command came to. `last` is the position that a read takes as `min_position`."""

    model_config = ConfigDict(extra="forbid")

    first: int | None = Field(description="The position of the command's first event; null if nothing changed.")
    last: int | None
    unchanged: bool = Field(description="It was so already.")
    repeated: bool = Field(description="The same request was carried out before; this is its first answer.")
    skipped: list[Skipped]


class CheckedAnswer(BaseModel):
    """What a command would come to now; nothing was recorded."""

    model_config = ConfigDict(extra="forbid")

    events: list[str] = Field(description="The types of the events that it would record, in their order.")
    unchanged: bool = Field(description="It is so already.")
    skipped: list[Skipped]


def answer_of(done: Done) -> Answer:
    """What the write path answered, as JSON."""
    return Answer(
        first=done.first,
        last=done.last,
        unchanged=done.unchanged,
        repeated=done.repeated,
        skipped=skipped_of(done.skipped),
    )


def persons_commands() -> dict[str, Spec]:
    """The commands that have an operation, by name. An agreement comes as a file, and in no other way."""
    return {name: spec for name, spec in COMMANDS.items() if spec.by is ActorKind.PERSON and name != IMPORT}


def routes(parts: Parts, callers: Callers) -> APIRouter:
    """POST /{ledger}/commands/{name} for every command, and the import of an agreement file."""
    router = APIRouter(tags=["commands"], prefix=PREFIX)
    for name, spec in persons_commands().items():
        said = re.sub(r"\s+", " ", spec.kind.__doc__ or "").strip()
        codes = ", ".join(f"`{code}`" for code in codes_of(spec.decide))
        router.add_api_route(
            f"/{{ledger}}/commands/{name}",
            (_report if _writes_an_item(spec) else _plain)(parts, callers, name, spec),
            methods=["POST"],
            operation_id=name,
            summary=said.split(". ")[0].rstrip("."),
            description=f"{said}\n\nAmong the problem codes: {codes}." if codes else said,
            response_model=Answer | CheckedAnswer,
            responses=WRITES,
            openapi_extra=_content("application/json", {"$ref": f"#/components/schemas/{spec.kind.__name__}"}),
        )
    router.add_api_route(
        "/{ledger}/agreement-files",
        _agreement_file(parts, callers),
        methods=["POST"],
        operation_id="send-agreement-file",
        summary="Import an agreement file",
        description="The agency's own YAML, recorded as a draft whole or not at all; each mistake has its place.",
        response_model=Answer,
        responses=WRITES,
        openapi_extra=_content("application/yaml", {"type": "string"}),
    )
    return router


def _writes_an_item(spec: Spec) -> bool:
    return "seen" in {field.name for field in dataclasses.fields(spec.kind)}


def _content(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


def _plain(parts: Parts, callers: Callers, name: str, spec: Spec) -> Any:
    async def take(
        request: Request,
        ledger: Ledger,
        key: Annotated[str | None, Depends(_key)],
        caller: Annotated[Caller, Depends(callers)],
    ) -> Answer | CheckedAnswer:
        del ledger
        body = await whole(request)
        return await _taken(parts, caller, key, name, _parsed(spec, body), request, body)

    return take


def _report(parts: Parts, callers: Callers, name: str, spec: Spec) -> Any:
    """A command that writes an item's content: `If-Match` says which content was open."""

    async def take(
        request: Request,
        ledger: Ledger,
        key: Annotated[str | None, Depends(_key)],
        caller: Annotated[Caller, Depends(callers)],
        if_match: IfMatch = None,
    ) -> Answer | CheckedAnswer:
        body = await whole(request)
        command = _parsed(spec, body)
        if if_match is not None:
            command = await _seen(parts, ledger, command, Digest(if_match.strip('"')))
        try:
            return await _taken(parts, caller, key, name, command, request, body)
        except Refused as refused:
            if if_match is not None and refused.code == "content-changed" and refused.field == "seen":
                raise refusal_of(refused, 412) from refused
            raise

    return take


def _key(key: KeyUnlessChecked = None, check: Check = False) -> str | None:  # noqa: FBT002 (a query parameter)
    """The key that a command is carried out under; None where it is only checked."""
    if check:
        return None
    if key is None:
        # As FastAPI says it of a header that no operation can do without.
        missing = {"type": "missing", "loc": ("header", "Idempotency-Key"), "msg": "Field required", "input": None}
        raise RequestValidationError([missing])
    return key


async def _seen(parts: Parts, ledger: str, command: Any, etag: Digest) -> Any:
    """The command with the content that the ETag names. An item without content has an ETag, but no content to name."""
    if command.seen is not None and command.seen != etag:
        raise Refusal(422, "seen-contradicts-if-match", "`seen` and `If-Match` name different content.", field="seen")
    item = await parts.handler.read(ledger, lambda view: view.get(ITEM, command.round, command.subject))
    if item.content == Content() and content_digest(command.round, command.subject, item) == etag:
        return dataclasses.replace(command, seen=None)
    return dataclasses.replace(command, seen=etag)


def _agreement_file(parts: Parts, callers: Callers) -> Any:
    async def take(request: Request, ledger: Ledger, key: Key, caller: Annotated[Caller, Depends(callers)]) -> Answer:
        del ledger
        body = await whole(request)
        try:
            file = load(body)
        except MalformedAgreement as malformed:
            found = malformed.malformations
            errors = [_mistake(each) for each in found]
            raise Refusal(
                422, "malformed-agreement", _mistakes(len(found)), errors=errors, field=errors[0].field
            ) from malformed
        command = import_command(file, VersionId(file.version), fingerprint(body))
        return await carried_out(parts, caller, key, IMPORT, command, request, body)

    return take


def _mistakes(number: int) -> str:
    return "The file has a mistake." if number == 1 else f"The file has {number} mistakes."


def _mistake(one: Malformation) -> FieldError:
    reason = _line(one.line) + f"{one.reason}. {one.mend}."
    return FieldError(field=one.place or "file", code="malformed-agreement", reason=reason, mend=f"{one.mend}.")


def _line(line: int | None) -> str:
    return "" if line is None else f"line {line}: "


def _parsed(spec: Spec, body: bytes) -> Any:
    try:
        sound = body_model(spec.kind).model_validate_json(body)
    except ValidationError as error:
        raise invalid_body(error) from error
    json.loads(body, object_pairs_hook=_each_once, parse_int=str, parse_float=str)
    return command_of(spec.kind, sound)


def _each_once(pairs: list[tuple[str, Any]]) -> None:
    """Refuse an object that says a key twice: readers differ in which of the two they take (RFC 8259)."""
    for key, number in Counter(key for key, _ in pairs).items():
        if number > 1:
            raise Refusal(
                400, "duplicate-key", f"The key {key!r} stands twice in an object.", field=key, mend="Keep one of them."
            )


async def _taken(
    parts: Parts, caller: Caller, key: str | None, name: str, command: Any, request: Request, body: bytes
) -> Answer | CheckedAnswer:
    """Carry a command out, or without a key say what it would come to."""
    if key is not None:
        return await carried_out(parts, caller, key, name, command, request, body)
    found = await parts.handler.check(
        Command(ledger=caller.ledger, by=caller.actor, key="", command=command, received_at=caller.received_at)
    )
    return CheckedAnswer(events=list(found.events), unchanged=not found.events, skipped=skipped_of(found.skipped))


async def carried_out(
    parts: Parts, caller: Caller, key: str, name: str, command: Any, request: Request, body: bytes
) -> Answer:
    """Hand a command to the write path. A key stands for what was sent, headers included."""
    route = "\n".join((request.url.path, caller.acting_for or "", request.headers.get("if-match", "")))
    done = await parts.handler.handle(
        Command(
            ledger=caller.ledger,
            by=caller.actor,
            key=key,
            command=command,
            received_at=caller.received_at,
            route=route,
            body=body,
        )
    )
    parts.metrics.commands.labels(name).inc()
    return answer_of(done)


__all__ = ["Answer", "CheckedAnswer", "answer_of", "carried_out", "persons_commands", "routes"]
