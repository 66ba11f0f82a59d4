"""Commitments are found in bodies as they are: exactly those that the decoded events name."""

import dataclasses
import re
import types
import typing
from collections.abc import Iterator
from typing import Any

import pytest
from recorded import year

from domain.events.codec import EVENTS, decode
from domain.events.disclosed import commitments
from domain.values import Digest, File, Title, Words
from verifier.named import NAMING, Named

DISCLOSED = (Words, Title, File)


def test_what_is_found_in_each_body_of_the_year_is_what_its_event_names() -> None:
    for row in year():
        find = NAMING.get(row.type)
        found = {each.decode() for each in find(row.body)} if find is not None else set()

        assert found == commitments(decode(row.type, row.schema, row.body)), row.position


def fields(hint: Any) -> Iterator[tuple[str, Any]]:
    """The fields of a type at any depth, without optional."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType, tuple):
        for each in typing.get_args(hint):
            yield from fields(each)
    elif isinstance(hint, type) and dataclasses.is_dataclass(hint):
        for name, inner in typing.get_type_hints(hint).items():
            if typing.get_origin(inner) is not typing.ClassVar:
                yield name, inner
                yield from fields(inner)


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_no_field_of_an_event_that_holds_a_digest_is_called_as_one_that_holds_words(name: str) -> None:
    found = list(fields(EVENTS[name]))
    optional = {each: (each, each | None) for each in (*DISCLOSED, Digest)}

    words = {field for field, hint in found if any(hint in optional[each] for each in DISCLOSED)}
    digests = {field for field, hint in found if hint in optional[Digest]}

    assert not words & digests
    assert (name in NAMING) == bool(words)


def test_no_event_lists_words_without_names() -> None:
    listed = [hint for kind in EVENTS.values() for _, hint in fields(kind) if typing.get_origin(hint) is tuple]

    assert not any(each in DISCLOSED for hint in listed for each in typing.get_args(hint))


def test_what_looks_like_a_commitment_within_a_text_is_none() -> None:
    find = NAMING["item-returned"]

    assert find(b'{"reason":"%s","x":"\\"reason\\":\\"%s\\""}' % (b"a" * 64, b"b" * 64)) == [b"a" * 64]


def test_commitments_come_sorted_and_once() -> None:
    named = Named()
    for each in ("ff" * 32, "00" * 32, "a0" * 32, "00" * 32, "a0" * 31 + "00"):
        named.add(each.encode())

    assert list(named) == ["00" * 32, "a0" * 31 + "00", "a0" * 32, "ff" * 32]
    assert all(re.fullmatch("[0-9a-f]{64}", each) for each in named)
