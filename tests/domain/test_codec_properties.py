"""Bytes: every event comes back as it was, strictly; canonical JSON is RFC 8785; digests never move."""

import dataclasses
import json
import typing
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, cast

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kit import World, replayed
from story import half_year_delivered, stated

from domain.canonical import Json, NotCanonical, canonical, parse
from domain.events import codec
from domain.events.codec import EVENTS, Undecodable, decode, decode_metadata, encode, encode_metadata, to_json
from domain.events.envelope import METADATA, Metadata, Row, command_id, commitment, digest_of, header, leaf
from domain.events.event import Event
from domain.item import FOLD as ITEM
from domain.item import content_digest
from domain.values import (
    Code,
    Date,
    Decimal,
    Digest,
    File,
    Id,
    Mark,
    PersonId,
    Reference,
    Role,
    Source,
    SubjectId,
    Title,
    UnitId,
    VersionId,
    Words,
)

HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
DATES = st.dates(date(2000, 1, 1), date(2099, 12, 31)).map(date.isoformat)
SLUGS = st.text("abcxyz0189.-", max_size=12).map("a{}".format)
TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
LEAVES: dict[object, st.SearchStrategy[Any]] = {
    Words: HEX,
    Title: HEX,
    File: HEX,
    Digest: HEX,
    Date: DATES,
    Decimal: st.decimals(-(10**14), 10**14, places=3).map(str),
    **dict.fromkeys((Id, PersonId, UnitId, SubjectId, VersionId), SLUGS),
    Reference: st.sampled_from(["VN/1/2024", "https://example.fi/a?b=c", "1"]),
    Source: st.sampled_from(["§6", "decree-1243-1992", "setting"]),
    Code: st.sampled_from(["sign-off", "endorse/owner"]),
    Mark: st.sampled_from(["TAE", "1"]),
    str: TEXT,
    int: st.integers(-(2**53) + 1, 2**53 - 1),
    bool: st.booleans(),
    datetime: st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
}


def strategy(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type, made from the type alone."""
    if kind in LEAVES:
        return LEAVES[kind]
    if isinstance(kind, typing.NewType):
        return strategy(kind.__supertype__)
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, UnionType):
        return st.none() | strategy(next(each for each in inner if each is not type(None)))
    if origin is tuple:
        return st.lists(strategy(inner[0]), max_size=2).map(tuple)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    hints = typing.get_type_hints(kind, include_extras=True)
    fields = {each.name: strategy(hints[each.name]) for each in dataclasses.fields(kind)}
    return st.builds(kind, **fields)


ANY_EVENT = st.sampled_from(sorted(EVENTS)).flatmap(lambda name: strategy(EVENTS[name]))
QUICK = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("name", sorted(EVENTS))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_type_of_event_comes_back_as_it_was(name: str, data: st.DataObject) -> None:
    event = data.draw(strategy(EVENTS[name]))

    body = encode(event)

    assert decode(event.type, event.schema, body) == event
    assert encode(decode(event.type, event.schema, body)) == body


@QUICK
@given(ANY_EVENT, st.data())
def test_a_body_with_another_key_another_type_or_less_is_not_decoded(event: Event, data: st.DataObject) -> None:
    fields = cast("dict[str, Any]", json.loads(encode(event)))
    missing = data.draw(st.sampled_from(sorted(fields))) if fields else None

    for broken in (
        {**fields, "another": None},
        {key: value for key, value in fields.items() if key != missing} if missing else {"another": 1},
        {**fields, missing: {"no": "such"}} if missing else [],
        [fields],
        None,
    ):
        with pytest.raises(Undecodable):
            decode(event.type, event.schema, canonical(cast("Json", broken)))


@pytest.mark.parametrize(
    ("name", "schema", "body"),
    [
        ("no-such-event", 1, b"{}"),
        ("cycle-closed", 2, b'{"year":2024}'),
        ("cycle-closed", 0, b'{"year":2024}'),
        ("cycle-closed", 1, b'{"year":2024'),
        ("cycle-closed", 1, b'{"year":2024.0}'),
        ("cycle-closed", 1, b'{"year":true}'),
        ("cycle-closed", 1, b'{"year":"2024"}'),
        ("cycle-closed", 1, b'{"year":null}'),
        ("account-closed", 1, b'{"person":"a","valid_from":"2024-02-30"}'),
        ("account-closed", 1, b'{"person":"a","valid_from":"2024-2-3"}'),
        ("account-closed", 1, b'{"person":"a","valid_from":"2024-02-03T00:00:00Z"}'),
        ("demo-clock-advanced", 1, b'{"instant":"2024-02-03T00:00:00.000000"}'),
        ("demo-clock-advanced", 1, b'{"instant":"2024-02-03T00:00:00.000000+02:00"}'),
        ("demo-clock-advanced", 1, b'{"instant":"2024-02-30T00:00:00.000000Z"}'),
        ("cycle-closed", 1, b'{"year": 2024}'),
        ("cycle-closed", 1, b'{"year":2023,"year":2024}'),
        ("account-closed", 1, b'{"person":"a","valid_from":"1999-12-31"}'),
        ("account-closed", 1, b'{"person":"a","valid_from":"2100-01-01"}'),
        ("account-closed", 1, '{"person":"a","valid_from":"\u0662024-01-01"}'.encode()),
        ("account-closed", 1, b'{"person":"Matti Meik","valid_from":"2024-01-01"}'),
        ("role-proposal-withdrawn", 1, b'{"proposal":"Matti"}'),
        ("role-proposal-withdrawn", 1, b'{"proposal":""}'),
        ("unit-renamed", 1, b'{"name":"Digital services","unit":"digi","valid_from":"2024-01-01"}'),
    ],
)
def test_what_is_not_exactly_an_event_is_not_decoded(name: str, schema: int, body: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(name, schema, body)


def test_an_older_body_is_lifted_to_the_present_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    lift = {("cycle-closed", 0): lambda body: {"year": body["y"]}}
    monkeypatch.setattr(codec, "UPCASTERS", lift)

    assert decode("cycle-closed", 0, b'{"y":2024}') == EVENTS["cycle-closed"](year=2024)  # type: ignore[call-arg]


@QUICK
@given(strategy(Metadata))
def test_metadata_come_back_as_they_were(metadata: Metadata) -> None:
    metadata = dataclasses.replace(metadata, format=METADATA)

    assert decode_metadata(encode_metadata(metadata)) == metadata


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"actor":"a"}', b"null", b"\xff"])
def test_what_are_no_metadata_are_not_decoded(body: bytes) -> None:
    with pytest.raises(Undecodable):
        decode_metadata(body)


def test_a_naive_datetime_is_not_encoded() -> None:
    naive = EVENTS["demo-clock-advanced"](instant=datetime(2024, 1, 1))  # type: ignore[call-arg]  # noqa: DTZ001

    with pytest.raises(ValueError, match="time zone"):
        encode(naive)


@pytest.mark.parametrize("world", [half_year_delivered, stated])
def test_folding_after_the_codec_is_folding(world: object) -> None:
    made: World = world()  # type: ignore[operator]
    again = replayed(made)

    streams = sorted({fact.event.stream for fact in made.facts})

    for stream in streams:
        fold = made.folded[stream].fold
        parts = stream.split("/")[1:]
        ids = (parts if fold.pattern.count("{}") == len(parts) else ["/".join(parts)]) if parts else []
        assert again.state(fold, *ids) == made.state(fold, *ids)
        assert again.folded[stream].last == made.folded[stream].last


KEYS = st.text(st.characters(min_codepoint=0, max_codepoint=127), max_size=8)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(codec="utf-8"), max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@QUICK
@given(JSON)
def test_canonical_json_is_rfc_8785(value: Json) -> None:
    written = canonical(value)

    assert written == rfc8785.dumps(cast("Any", value))
    assert parse(written) == value
    assert canonical(parse(written)) == written


@pytest.mark.parametrize(
    "value", [1.5, float("nan"), 2**53, -(2**53), {"ä": 1}, {1: 2}, "\ud800", ["\udfff"], {"a": b"x"}, {"a": {1, 2}}]
)
def test_what_lies_outside_the_subset_is_not_written(value: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical(value)


@pytest.mark.parametrize(
    "text",
    [b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1,"a":1}', b'"\\u00e4"', b"1.0", b"1e3", b"-0", b" 1", b"", b"NaN", b"\xff"],
)
def test_what_would_not_be_written_back_byte_for_byte_is_not_read(text: bytes) -> None:
    with pytest.raises(NotCanonical):
        parse(text)


VECTORS = json.loads((Path(__file__).parent / "examples" / "vectors.json").read_text())
ROW = Row(
    ledger="kylki",
    position=7,
    stream="cycle/2024",
    version=2,
    id=bytes(range(16)),
    type="cycle-closed",
    schema=1,
    received_at=datetime(2025, 7, 1, 6, tzinfo=UTC),
    recorded_at=datetime(2025, 7, 1, 6, 0, 0, 125, tzinfo=UTC),
    effective_at=None,
    command_id=bytes(range(16, 32)),
    nonce=bytes(range(32, 48)),
    body=b'{"year":2024}',
    metadata=encode_metadata(
        Metadata(
            actor_kind="system",
            actor="system",
            acting_for=None,
            role=Role.COORDINATOR,
            command="close-cycle",
            cause=3,
            caused_by_command=False,
            version=VersionId("kylki.1"),
            wall=None,
        )
    ),
)


def bound_by(world: World, name: str) -> str:
    """The digest that the first event of a type carries."""
    event = next(fact.event for fact in world.facts if fact.event.type == name)
    return str(to_json(event)["digest"])  # type: ignore[index, call-overload]


def known_answers() -> dict[str, str]:
    """What the storage format gives for fixed inputs."""
    world = half_year_delivered()
    return {
        "header": header(ROW).hex(),
        "leaf": leaf(ROW).hex(),
        "metadata": ROW.metadata.decode(),
        "commitment": commitment(bytes(16), "words", "Päivää"),
        "commitment of a title": commitment(bytes(range(16)), "title", {"fi": "Hyvä", "sv": "Bra", "en": "Good"}),
        "digest": digest_of({"b": [1, None, True], "a": "ä"}),
        "command_id": command_id("kylki", "person", "olga", "k1").hex(),
        "command_id, parts shifted": command_id("kylki", "person", "olgak", "1").hex(),
        "item content": content_digest(
            "2024-half-year", cast("Any", "portal"), world.state(ITEM, "2024-half-year", "portal")
        ),
        "item content of a target": content_digest(
            "2024-half-year", cast("Any", "services"), world.state(ITEM, "2024-half-year", "services")
        ),
        "agency report": bound_by(world, "agency-report-compiled"),
        "statement": bound_by(stated(), "statement-issued"),
        "sent for signature": bound_by(world, "sent-for-signature"),
    }


@pytest.mark.parametrize("name", list(VECTORS))
def test_the_storage_format_gives_the_known_answer(name: str) -> None:
    assert known_answers()[name] == VECTORS[name]


def test_every_answer_is_known() -> None:
    assert set(known_answers()) == set(VECTORS)
    assert to_json(("a", 1)) == ["a", 1]
