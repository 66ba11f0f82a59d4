"""The command of `verify.pyz`: verify bundles, print what was found, and exit with 0 only where all holds."""

import argparse
import gc
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from domain.proof.note import NoteRefused, verifier_key
from verifier import pin as pins
from verifier.report import Report
from verifier.timestamp import NoAuthority, authorities_of
from verifier.verify import verify

HOLDS, FAULTY, UNUSABLE = 0, 1, 2
NO_BUNDLE = frozenset({"not-a-bundle", "unreadable"})
"""Faults of a file that is no bundle at all."""
MOST_TOLD = 20
"""How many faults of one code are told as text: what follows from a fault mustn't hide it. `Report` has more."""


def main(arguments: Sequence[str]) -> int:
    """Verify the bundle that is named. The status: 0 all holds, 1 something doesn't, 2 asked wrongly or no bundle."""
    asked = _parser().parse_args(arguments)
    try:
        pin = None if asked.pin is None else _pin(asked.pin)
        keys = [verifier_key(each) for each in asked.key]
        authorities = None if asked.authority is None else authorities_of(asked.authority)
    except (OSError, pins.NoPin, NoteRefused, NoAuthority) as error:
        sys.stderr.write(f"{error}\n")
        return UNUSABLE
    # A replay makes no cycles, and looking for them takes a tenth of its time.
    gc.disable()
    try:
        report = verify(
            asked.file,
            pin=pin,
            keys=keys,
            authorities=authorities,
            replay=not asked.hashes_only,
            strict=asked.strict,
        )
    finally:
        gc.enable()
    sys.stdout.write("".join(f"{line}\n" for line in told(report)))
    return status_of(report)


def status_of(report: Report) -> int:
    """The status that the command exits with."""
    if report.ok:
        return HOLDS
    return UNUSABLE if any(each.code in NO_BUNDLE for each in report.faults) else FAULTY


def told(report: Report) -> list[str]:
    """The report as lines of text."""
    alike, lines = Counter(report.more), list[str]()
    for each in report.faults:
        alike[each.code] += 1
        if alike[each.code] - report.more.get(each.code, 0) <= MOST_TOLD:
            lines.append(str(each))
    lines += [f"and {count - MOST_TOLD} more [{code}]" for code, count in alike.items() if count > MOST_TOLD]
    lines += [f"Note: {each}" for each in report.notes]
    if report.ledger:
        lines.append(f"{report.ledger}, {report.size} events, root {report.root or '?'}; in it: {_scope(report.scope)}")
    lines.append(f"SHA-256 of the file: {report.sha256 or '?'}")
    count = alike.total()
    faults = "one fault" if count == 1 else f"{count} faults"
    if not report.ok:
        return [*lines, f"It does NOT hold: {faults}."]
    if report.withheld:
        return [*lines, f"All holds of what is shown: {report.events} events, and {report.withheld} in part."]
    return [*lines, f"All holds: {report.events} events."]


def _scope(scope: Mapping[str, Any]) -> str:
    """What a bundle is about, with its limits: `target (subject digital-platforms)`."""
    limits = (
        f"{name} {', '.join(value) or 'all' if isinstance(value, list) else value}"
        for name, value in scope.items()
        if name != "kind"
    )
    said = ", ".join(limits)
    return f"{scope['kind']} ({said})" if said else f"the whole {scope['kind']}"


def _pin(path: Path) -> pins.Pin:
    with path.open("rb") as file:
        return pins.pin_of(file.read(pins.LARGEST))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="verify.pyz", description="Verify a bundle of Etappi, offline.")
    parser.add_argument("file", type=Path, help="the bundle")
    parser.add_argument("--pin", type=Path, help="your pin: the last checkpoint that you saw, which it must continue")
    parser.add_argument("--key", action="append", default=[], help="a verifier key that you trust (again for more)")
    parser.add_argument("--authority", type=Path, help="root certificates, in PEM, of who may sign the time-stamps")
    parser.add_argument("--hashes-only", action="store_true", help="check hashes and proofs, without the replay")
    parser.add_argument("--strict", action="store_true", help="decode every event to the letter, in twice the time")
    return parser
