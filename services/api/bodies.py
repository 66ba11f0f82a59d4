"""The bodies of commands: a strict pydantic model for each command of the domain, made from its dataclass.

Words are plain text, a title is given in three languages, a file is the name of an uploaded one, a decimal is a string
with a point. What pydantic lets through the domain still judges.
"""

import dataclasses
import re
import types
import typing
from datetime import date, datetime
from enum import Enum, IntEnum
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, create_model
from pydantic_core import PydanticCustomError

from domain.canonical import canonical
from domain.values import (
    DAY,
    DECIMAL,
    FIRST_DAY,
    FIRST_YEAR,
    LAST_DAY,
    LAST_YEAR,
    PATTERNS,
    Code,
    Date,
    Decimal,
    Digest,
    File,
    Id,
    Mark,
    PersonId,
    Reference,
    Source,
    SubjectId,
    Title,
    UnitId,
    VersionId,
    Words,
)
from services.sealing import DEFAULT_LENGTH, LENGTHS

SLUG = f"^{PATTERNS[Id].pattern}$"
ROUND = r"^20[0-9]{2}-(half-year|annual)$"
OBJECT = r"^[0-9a-f]{32}$"
_PLAIN = r"^[^\x00-\x1f\x7f]*$"
_MOST = 10_000
_DECIMAL = re.compile(DECIMAL)
_GROUPED = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")


class Languages(BaseModel):
    """A title or a name in three languages."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    fi: str = Field(max_length=2_000)
    sv: str = Field(max_length=2_000)
    en: str = Field(max_length=2_000)

    def text(self) -> Title:
        """As the domain's edge takes it: canonical JSON. A lone surrogate was refused before."""
        return Title(canonical({"fi": self.fi, "sv": self.sv, "en": self.en}).decode())


def _decimal(value: Any) -> Any:
    if not isinstance(value, str) or _DECIMAL.fullmatch(value):
        return value
    pointed = value.replace(",", ".")
    if _DECIMAL.fullmatch(pointed) or _GROUPED.fullmatch(value):
        mend = f"Write {pointed}" if _DECIMAL.fullmatch(pointed) else "Write a point, and no separators"
        raise PydanticCustomError(
            "decimal_comma", "A decimal has a point, not a comma", {"rule": "case 12", "mend": f"{mend}."}
        )
    raise PydanticCustomError(
        "decimal_malformed",
        "A decimal is digits, up to 15, and with a point up to ten more",
        {"rule": "case 12", "mend": "Write it as 3.66 or -3.66, without spaces, separators and exponents."},
    )


def _whole(value: Any) -> Any:
    # An enumeration of numbers is looked up by equality, so `true` and 2.0 would be found, too.
    if value.__class__ is bool or isinstance(value, float):
        raise PydanticCustomError("int_type", "Input should be a whole number")
    return value


def is_date(value: str) -> str:
    """A calendar day that there is."""
    try:
        date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("no_date", "There is no such date") from None
    if not FIRST_DAY <= value <= LAST_DAY:
        raise PydanticCustomError("date_out_of_range", f"Dates run from {FIRST_DAY} to {LAST_DAY}")
    return value


_TYPES: dict[object, Any] = {
    Title: Languages,
    File: Annotated[str, Field(pattern=OBJECT, description="The name of an uploaded file, from `files`.")],
    Digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="64 hex digits, as a read answered them.")],
    Decimal: Annotated[
        str,
        Field(json_schema_extra={"pattern": f"^{DECIMAL}$"}, description="An exact decimal with a point."),
        BeforeValidator(_decimal),
    ],
    Date: Annotated[
        str,
        Field(pattern=f"^{DAY}$", json_schema_extra={"format": "date"}),
        AfterValidator(is_date),
    ],
    PersonId: Annotated[str, Field(pattern=SLUG)],
    UnitId: Annotated[str, Field(pattern=SLUG)],
    SubjectId: Annotated[str, Field(pattern=SLUG)],
    VersionId: Annotated[str, Field(pattern=SLUG)],
    Id: Annotated[str, Field(pattern=SLUG)],
    Reference: Annotated[
        str,
        Field(pattern=f"^{PATTERNS[Reference].pattern}$", description="A case number, an id or an address; no words."),
    ],
    Source: Annotated[str, Field(pattern=f"^{PATTERNS[Source].pattern}$")],
    Code: Annotated[str, Field(pattern=f"^{PATTERNS[Code].pattern}$")],
    Mark: Annotated[str, Field(pattern=f"^{PATTERNS[Mark].pattern}$")],
    bool: bool,
    datetime: AwareDatetime,
}


@cache
def hints(kind: type) -> dict[str, Any]:
    """The fields of a dataclass and their types."""
    found = typing.get_type_hints(kind, include_extras=True)
    return {field.name: found[field.name] for field in dataclasses.fields(kind)}


@cache
def body_model(kind: type) -> type[BaseModel]:
    """The model of a command, or of a record inside one. What may be null may be left out."""
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        hint = hints(kind)[field.name]
        default: Any = ... if field.default is dataclasses.MISSING else field.default
        if default is ... and inner_of(hint) is not None:
            default = None
        fields[field.name] = (_annotation(field.name, hint), default)
    config = ConfigDict(extra="forbid", strict=True, frozen=True)
    model: type[BaseModel] = create_model(kind.__name__, __config__=config, __doc__=_said(kind), **fields)
    return model


def _said(kind: type) -> str:
    return re.sub(r"\s+", " ", kind.__doc__ or "").strip()


def inner_of(hint: Any) -> Any:
    """The type that may be null, or None where it may not."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next(each for each in typing.get_args(hint) if each is not types.NoneType)
    return None


def _annotation(name: str, hint: Any) -> Any:
    inner = inner_of(hint)
    if inner is not None:
        return _annotation(name, inner) | None
    if hint is Words:
        length = LENGTHS.get(name, DEFAULT_LENGTH)
        return Annotated[str, Field(json_schema_extra={"maxLength": length}, description="Plain text.")]
    if hint in _TYPES:
        return _TYPES[hint]
    if hint is str:
        if name == "round":
            return Annotated[str, Field(pattern=ROUND)]
        return Annotated[str, Field(max_length=2_000, pattern=_PLAIN)]
    if hint is int:
        first, last = (FIRST_YEAR, LAST_YEAR) if name == "year" else (0, 1_000_000)
        return Annotated[int, Field(ge=first, le=last)]
    if typing.get_origin(hint) is tuple:
        inner = _annotation(name, typing.get_args(hint)[0])
        return Annotated[tuple[inner, ...], Field(max_length=_MOST)]  # type: ignore[valid-type]
    if isinstance(hint, type) and issubclass(hint, IntEnum):
        return Annotated[hint, BeforeValidator(_whole)]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return body_model(hint)
    raise TypeError(f"no body for {hint!r}")


def command_of(kind: type, body: BaseModel, **instead: Any) -> Any:
    """The domain's command that a body says; `instead` are fields that stand elsewhere in the request."""
    return kind(**{name: _value(hint, getattr(body, name)) for name, hint in hints(kind).items()} | instead)


def _value(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    hint = inner_of(hint) or hint
    if isinstance(value, Languages):
        return value.text()
    if isinstance(value, tuple):
        inner = typing.get_args(hint)[0]
        return tuple(_value(inner, each) for each in value)
    if isinstance(value, BaseModel):
        return command_of(hint, value)
    return value
