"""Reading an event's header (`etappi-header/1`) from its bytes: one spelling, or none."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from domain.events.envelope import HEADER, Row

_LENGTHS = tuple(length.to_bytes(4, "big") for length in range(1 << 12))
_NUMBER = rb"([1-9][0-9]{0,18})"
_NAME = rb"([a-z0-9/._-]+)"
_DAY = rb"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_INSTANT = rb"(" + _DAY + rb"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z)"
_AT = b"\0\0\0\x1b" + _INSTANT
_ANY = rb"((?s:.{%d}))"
_LENGTH = rb"((?s:.{4}))"


class Header(NamedTuple):
    """The fields of a header, but for its format and its ledger, as they are written; an absent time is None.

    Where a field's length isn't the same for all, it stands before it.
    """

    length_of_position: bytes
    position: bytes
    length_of_stream: bytes
    stream: bytes
    length_of_version: bytes
    version: bytes
    id: bytes
    length_of_type: bytes
    type: bytes
    length_of_schema: bytes
    schema: bytes
    received_at: bytes
    recorded_at: bytes
    effective_at: bytes | None
    command_id: bytes
    body: bytes
    metadata: bytes


def reader(ledger: str) -> Callable[[bytes], Header | None]:
    """How to read the headers of a ledger; None for what is none of its headers."""
    match = re.compile(
        b"".join(
            (
                *(re.escape(_LENGTHS[len(each)] + each) for each in (HEADER, ledger.encode())),
                *(_LENGTH + each for each in (_NUMBER, _NAME, _NUMBER)),
                re.escape(_LENGTHS[16]) + _ANY % 16,
                *(_LENGTH + each for each in (_NAME, _NUMBER)),
                _AT * 2,
                rb"(?:\0\0\0\0|" + _AT + rb")",
                re.escape(_LENGTHS[16]) + _ANY % 16,
                (re.escape(_LENGTHS[32]) + _ANY % 32) * 2,
            )
        )
    ).fullmatch
    lengths = _LENGTHS

    def read(data: bytes) -> Header | None:
        found = match(data) if len(data) < len(lengths) else None
        if found is None:
            return None
        # No name and no number holds a zero byte, so each field ends where the next one's length begins.
        header = Header._make(found.groups())
        a, position, b, stream, c, version, _, d, type_, e, schema, *_ = header
        if (
            a != lengths[len(position)]
            or b != lengths[len(stream)]
            or c != lengths[len(version)]
            or d != lengths[len(type_)]
            or e != lengths[len(schema)]
        ):
            return None
        return header

    return read


def row_of(ledger: str, header: Header, nonce: bytes = b"", body: bytes = b"", metadata: bytes = b"") -> Row:
    """The row of an event. Raises `ValueError` where a time is no day of any calendar."""
    effective = header.effective_at
    return Row(
        ledger=ledger,
        position=int(header.position),
        stream=header.stream.decode(),
        version=int(header.version),
        id=header.id,
        type=header.type.decode(),
        schema=int(header.schema),
        received_at=_instant(header.received_at),
        recorded_at=_instant(header.recorded_at),
        effective_at=None if effective is None else _instant(effective),
        command_id=header.command_id,
        nonce=nonce,
        body=body,
        metadata=metadata,
    )


@lru_cache(maxsize=1 << 12)
def _instant(text: bytes) -> datetime:
    # The events of a command have one time of receipt, and most are recorded at the same instant.
    return datetime.fromisoformat(text.decode())
