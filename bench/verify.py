"""How fast the auditor's verifier is, and how much memory it takes: a bundle of a whole ledger of a million events.

It runs as it does at the auditor's: the program of the bundle, by Python alone, without a package beside it. The ledger
is the demo year again and again; each disclosure is withheld, so what is measured is events.
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.figures import Figure, number
from bench.scaled import recorded, scaled
from domain.events.attestation import INSTALLATION
from domain.events.envelope import Row, leaf
from domain.proof.checkpoint import Checkpoint
from domain.proof.frontier import Frontier
from domain.proof.note import VerifierKey, signed
from verifier import package
from verifier.proof import Proof
from verifier.scope import WholeLedger
from verifier.write import BundleWriter

MILLION = 1_000_000
HASHES, REPLAY, MEMORY = 100_000, 40_000, 300
TIMES = 2
ORIGIN = "bench.example/keha"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
VERIFIER = VerifierKey(ORIGIN, KEY.public_key().public_bytes_raw())


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds of one core's time, and the most memory, in MB."""

    seconds: float
    memory: float


async def run() -> list[Figure]:
    """Events a second of one core's time, the better of two runs, and the most memory of them."""
    return await asyncio.to_thread(measured, MILLION)


def measured(events: int) -> list[Figure]:
    """The figures of a ledger of at least so many events."""
    with tempfile.TemporaryDirectory() as folder:
        bundle, program = Path(folder) / "bundle.zip", Path(folder) / "verify.pyz"
        program.write_bytes(package.program())
        count = write(bundle, events)
        size = bundle.stat().st_size / 2**20
        hashes = [verified(program, bundle, "--hashes-only") for _ in range(TIMES)]
        replayed = [verified(program, bundle) for _ in range(TIMES)]
    note = f"of one core's time, by Python alone; {number(count)} events in {number(size)} MB"
    return [
        Figure(
            name="verify: hashes and proofs",
            value=count / min(each.seconds for each in hashes),
            unit="events/s",
            target=HASHES,
            note=note,
        ),
        Figure(
            name="verify: with the replay to the lights and attested digests",
            value=count / min(each.seconds for each in replayed),
            unit="events/s",
            target=REPLAY,
        ),
        Figure(
            name="verify: memory",
            value=max(each.memory for each in (*hashes, *replayed)),
            unit="MB",
            target=MEMORY,
            at_most=True,
        ),
    ]


def rows(events: int) -> Iterator[Row]:
    """The demo year so often that it comes to at least so many events, sealed with the key of this module."""
    year = recorded()
    for row in scaled(year, -(-events // (len(year) - 100)), bound=False):
        own = row.stream == INSTALLATION
        yield (
            replace(row, body=re.sub(rb'(?<="verifier_key":")[^"]*', str(VERIFIER).encode(), row.body)) if own else row
        )


def write(path: Path, events: int) -> int:
    """Write the bundle; answers how many events it has."""
    tree = Frontier()
    with path.open("w+b") as file:
        writer = BundleWriter(file, ledger=recorded()[0].ledger, origin=ORIGIN, scope=WholeLedger())
        for row in rows(events):
            sealed = leaf(row)
            tree.append(sealed)
            writer.event(row, sealed)
        for commitment in writer.commitments():
            writer.withheld(commitment)
        checkpoint = Checkpoint(origin=ORIGIN, size=tree.size, root=tree.root())
        note = signed(checkpoint.text, [(VERIFIER, KEY.sign)])
        writer.finish(Proof(keys=(str(VERIFIER),), checkpoint=bytes(note)))
    return tree.size


def verified(program: Path, bundle: Path, *options: str) -> Run:
    """One run, in a process of its own. Raises `RuntimeError` if something doesn't hold."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", program, bundle, *options], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"the bundle doesn't verify: {told[:1000]}")
    return Run(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
