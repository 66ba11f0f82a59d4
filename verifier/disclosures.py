"""The pass over a bundle's disclosures: each opens its commitment, and they are exactly those that the events name."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from domain.canonical import NotCanonical, canonical, parse
from domain.events.envelope import SALT_BYTES
from domain.events.erasure import ErasureConfirmed
from verifier.contents import Contents
from verifier.header import reader
from verifier.records import EVENT, GAP, HEADER, LEAF, Record
from verifier.scope import Scope, WholeLedger, whole_streams

LONGEST_LINE = 1 << 24
_COMMITMENT, _SALT = re.compile(r"[0-9a-f]{64}"), re.compile(rf"[0-9a-f]{{{2 * SALT_BYTES}}}")
_END = "~"  # (sorts after every commitment)


@dataclass(frozen=True, slots=True)
class Unfit:
    """A disclosure that isn't as it should be, by its commitment: which events name it is looked up for the report."""

    code: str
    commitment: str
    what: str
    should: str


@dataclass(frozen=True, slots=True)
class Erased:
    """A disclosure that is said to be erased, and that no event confirms whose body was looked into."""

    commitment: str
    erasure: str
    position: int

    def __str__(self) -> str:
        return f"it is said to be erased by {self.erasure}, confirmed at position {self.position}"


class BrokenLine(ValueError):
    """Something that is no line of disclosures."""


def disclosures(chunks: Iterable[bytes], contents: Contents, *, named: bool) -> Iterator[Unfit | Erased]:
    """What doesn't fit, and what is to be founded yet (`unfounded`).

    `named`: whether the events were looked into, so that it is known which ones they name. Raises `BrokenLine` where
    what follows can't be read.
    """
    wanted = iter(contents.named) if named else iter(())
    expected, last = next(wanted, _END), ""
    for line in _lines(chunks):
        commitment, said = _read(line)
        if commitment <= last:
            raise BrokenLine(f"the disclosure {commitment} after {last}: they stand in their order, each once")
        last = commitment
        while named and expected < commitment:
            yield _missing(expected)
            expected = next(wanted, _END)
        if named and expected == commitment:
            expected = next(wanted, _END)
        elif named:
            yield Unfit("disclosure-unnamed", commitment, "a disclosure that no event names", "none")
        unfit = _unfit(commitment, said, contents)
        if unfit is not None:
            yield unfit
    while expected != _END:
        yield _missing(expected)
        expected = next(wanted, _END)


def _missing(commitment: str) -> Unfit:
    return Unfit("disclosure-missing", commitment, "no disclosure of it is there", "its words, withheld, or erased")


def _unfit(commitment: str, said: dict[str, Any], contents: Contents) -> Unfit | Erased | None:
    match said:
        case {"withheld": True}:
            contents.counts.withheld += 1
        case {"erased": {"erasure": erasure, "position": position}}:
            contents.erased(commitment, erasure, position)
            erased, confirmed = Erased(commitment, erasure, position), contents.erasures.get(commitment)
            if confirmed is None:
                return erased
            if confirmed != (erasure, position):
                should = f"{confirmed[0]}, at position {confirmed[1]}"
                return Unfit("erasure-differs", commitment, str(erased), should)
        case {"salt": salt, "value": [kind, value]}:
            contents.opened(commitment, kind, value)
            opened = sha256(b"\x02" + bytes.fromhex(salt) + canonical([kind, value])).hexdigest()
            if opened != commitment:
                what = f"its words were changed: they open the commitment {opened}"
                return Unfit("disclosure-differs", commitment, what, f"what opens {commitment}")
        case _:
            pass
    return None


def unfounded(
    erased: Iterable[Erased], events: Iterable[Record], ledger: str, scope: Scope, *, named: bool
) -> Iterator[Unfit]:
    """Which of these no erasure took, as far as the events say; they are passed once more.

    What is withheld or lies outside the scope may have confirmed it. But a bundle of the ledger shows each event, and
    one of whole streams has those of all erasures within its scope.
    """
    at = dict(_standing({each.position for each in erased}, events, ledger))
    for each in erased:
        kind, erasure = at.get(each.position, (None, None))
        founded = {
            EVENT: erasure == each.erasure and not named,  # (else it would have been found by what it names)
            HEADER: erasure == each.erasure and not isinstance(scope, WholeLedger),
            LEAF: not isinstance(scope, WholeLedger),
            GAP: not whole_streams(scope),
        }
        if kind is None or not founded[kind]:
            yield Unfit("erasure-unfounded", each.commitment, str(each), "an event there that confirms its erasure")


def _standing(
    positions: Iterable[int], events: Iterable[Record], ledger: str
) -> Iterator[tuple[int, tuple[bytes, str | None]]]:
    """What kind of record stands for each of these positions, and which erasure its event confirms."""
    waiting, end, reads = sorted(positions, reverse=True), 0, reader(ledger)
    for kind, leaf, header, *_ in events:
        first, end = end + 1, end + (1 << leaf[0] if kind == GAP else 1)
        while waiting and waiting[-1] <= end:
            position = waiting.pop()
            if position >= first:
                found = reads(header) if header else None
                confirms = found is not None and found.type == ErasureConfirmed.type.encode()
                yield position, (kind, found.stream.decode().removeprefix("erasure/") if found and confirms else None)


def _read(line: bytes) -> tuple[str, dict[str, Any]]:
    """A line's commitment and what it says of it, in the one spelling. Raises `BrokenLine`."""
    try:
        said: Any = parse(line)
        commitment = said.pop("commitment")
        if _COMMITMENT.fullmatch(commitment) is None or not _is_one(said):
            raise BrokenLine(f"the disclosure {commitment} has other fields than a disclosure has")
    except (NotCanonical, KeyError, TypeError, AttributeError) as error:
        raise BrokenLine(f"a line that is no disclosure: {error}") from error
    return str(commitment), said


def _is_one(said: dict[str, Any]) -> bool:
    match said:
        case {"withheld": True, **rest} | {"erased": {"erasure": str(), "position": int()}, **rest}:
            place = said.get("erased", {"erasure": "", "position": 1})
            return not rest and len(place) == 2 and place["position"].__class__ is int  # noqa: PLR2004
        case {"salt": str(salt), "value": [str(), _], **rest}:
            return not rest and _SALT.fullmatch(salt) is not None
        case _:
            return False


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
        if len(rest) > LONGEST_LINE:
            raise BrokenLine(f"a line of more than {LONGEST_LINE} bytes")
    if rest:
        raise BrokenLine("the last line is cut off")
