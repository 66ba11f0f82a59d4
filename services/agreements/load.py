"""Read an agreement file: all of it is right, or nothing is taken."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path as FilePath

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from services.agreements.checks import misfits
from services.agreements.format import AgreementFile, Record
from services.agreements.malformed import Malformation, MalformedAgreement, Path, place
from services.agreements.source import MOST_BYTES, read

_KEYS = sorted({key for record in Record.__subclasses__() for key in record.model_fields})
_REASONS = {
    "string_type": "text is meant here",
    "int_type": "a whole number is meant here",
    "bool_type": "`true` or `false` is meant here",
    "tuple_type": "a list is meant here",
    "model_type": "keys and values are meant here",
}
# By pydantic's kind of error: what to do about it. What isn't here gets the general advice.
_MENDS = {
    "missing": "Add it",
    "string_type": "Put the value in quotes; decimals have a point and a section number is text, too",
    "int_type": "Write a whole number, without quotes",
    "bool_type": "Write `true` or `false`",
    "tuple_type": "Write a list: each entry on a line of its own after `- `",
    "model_type": "Write keys and values: `key: value`",
    "too_short": "Add what is missing",
    "too_long": "No agreement has so many; look for what isn't part of it",
    "string_too_long": "Shorten it; a title names the matter and isn't its whole text",
    "string_too_short": "Write something, or leave the field out if it may be absent",
}


def load(source: FilePath | str | bytes) -> AgreementFile:
    """Read a file from a path, or its content from bytes.

    Raises `MalformedAgreement` with all that is wrong, and `OSError` where there is no file to read.
    """
    content = read(source if isinstance(source, bytes) else _content(FilePath(source)))
    try:
        file = AgreementFile.model_validate(content.value)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise MalformedAgreement(
            [_malformation(detail, content.line(detail["loc"])) for detail in details if not _follows(detail, details)]
        ) from error
    findings = [
        Malformation(place=place(path), line=content.line(path), reason=reason, mend=mend)
        for path, reason, mend in misfits(file)
    ]
    if findings:
        raise MalformedAgreement(findings)
    return file


def _content(path: FilePath) -> bytes:
    with path.open("rb") as file:
        # One byte more than is allowed tells that a file is too large; the rest is left unread.
        return file.read(MOST_BYTES + 1)


def _follows(detail: ErrorDetails, details: Sequence[ErrorDetails]) -> bool:
    # A list whose entries are wrong counts as too short besides, which would send the reader astray.
    path = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(path) and other["loc"][: len(path)] == path for other in details
    )


def _malformation(detail: ErrorDetails, line: int | None) -> Malformation:
    context = detail.get("ctx", {})
    return Malformation(
        place=place(detail["loc"]),
        line=line,
        reason=_reason(detail),
        mend=str(context["mend"]) if detail["type"] == "refused" else _mend(detail["type"], detail["loc"]),
    )


def _reason(detail: ErrorDetails) -> str:
    name = detail["loc"][-1] if detail["loc"] else "the content"
    match detail["type"]:
        case "missing":
            return f"`{name}` is missing"
        case "extra_forbidden":
            return f"`{name}` is no field of the format"
        case "string_pattern_mismatch":
            return f"`{name}` isn't written as the format asks"
        case kind:
            return _REASONS.get(kind, detail["msg"].rstrip("."))


def _mend(kind: str, path: Path) -> str:
    if kind == "extra_forbidden":
        close = get_close_matches(str(path[-1]), _KEYS, n=1)
        return f"Did you mean `{close[0]}`?" if close else "Remove it"
    if kind == "string_pattern_mismatch":
        return _SPELLINGS.get(
            str(path[-1]), "Ids are lower-case letters, digits and single hyphens: `staff-transfers-2024`"
        )
    return _MENDS.get(kind, "Write one of the values that the documentation names")


_SPELLINGS = {
    "value": 'Decimals have a point and stand in quotes: `"4.39"`',
    "source": "A source is a short code without spaces: `§6`, `decree-1243-1992`, `setting`",
    "mark": "A mark is one short word: `TAE`",
    "code": "A measure's code is capitals and digits: `P3C2I1`",
    "section": 'Sections are numbers with points, in quotes: `"3.1"`',
    "due_by": "Write the date as YYYY-MM-DD",
    "valid_from": "Write the date as YYYY-MM-DD",
}
