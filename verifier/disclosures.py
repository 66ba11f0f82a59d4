"""The pass over a bundle's disclosures: each opens its commitment, and they are exactly those that the events name."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from domain.canonical import NotCanonical, canonical, parse
from domain.events.envelope import SALT_BYTES
from verifier.contents import Contents

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


class BrokenLine(ValueError):
    """Something that is no line of disclosures."""


def disclosures(chunks: Iterable[bytes], contents: Contents, *, named: bool) -> Iterator[Unfit]:
    """What doesn't fit. `named`: whether the events were looked into, so that it is known which ones they name.

    Raises `BrokenLine` where what follows can't be read.
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


def _unfit(commitment: str, said: dict[str, Any], contents: Contents) -> Unfit | None:
    match said:
        case {"withheld": True}:
            contents.counts.withheld += 1
        case {"erased": {"erasure": erasure, "position": position}}:
            contents.counts.erased += 1
            confirmed = contents.erasures.get(commitment)
            what = f"it is said to be erased by {erasure}, confirmed at position {position}"
            if confirmed is None and position <= contents.complete_to:
                return Unfit("erasure-unfounded", commitment, what, "an erasure that an event confirms")
            if confirmed is not None and confirmed != (erasure, position):
                return Unfit("erasure-differs", commitment, what, f"{confirmed[0]}, at position {confirmed[1]}")
        case {"salt": salt, "value": [kind, value]}:
            contents.opened(commitment, kind, value)
            opened = sha256(b"\x02" + bytes.fromhex(salt) + canonical([kind, value])).hexdigest()
            if opened != commitment:
                what = f"its words were changed: they open the commitment {opened}"
                return Unfit("disclosure-differs", commitment, what, f"what opens {commitment}")
        case _:
            pass
    return None


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
            return not rest and len(said.get("erased", (0, 0))) == 2  # noqa: PLR2004
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
