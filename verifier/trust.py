"""Whether a bundle's tree is that of the log: who signed its checkpoint, and what it must continue."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.events.attestation import OperationRecorded, SealKeyIntroduced
from domain.events.codec import decode
from domain.events.envelope import Row
from domain.proof.checkpoint import Checkpoint, checkpoint_of, opened
from domain.proof.keys import Introduced, signers
from domain.proof.merkle import ImpossibleSize, ProofRefused, verify_consistency
from domain.proof.note import NoteRefused, VerifierKey, note_of, verifier_key
from verifier.ed25519 import verify
from verifier.events import Events
from verifier.pin import Pin
from verifier.proof import Proof
from verifier.report import Report
from verifier.timestamp import CLOCKS, NoTimestamp, check_signature, stamp_of

_UNCHECKED = "whose signer wasn't checked (name the authority's certificate, or ask `openssl ts -verify`)"


@dataclass(slots=True)
class Told:
    """What the log itself tells of its keys and of restores, in the events that the bundle shows."""

    introduced: list[Introduced] = field(default_factory=list)
    restored: list[tuple[int, str, int]] = field(default_factory=list)

    def take(self, row: Row) -> None:
        """An event of the stream `installation`. Raises `Undecodable`."""
        match decode(row.type, row.schema, row.body):
            case SealKeyIntroduced() as event:
                self.introduced.append(Introduced(row.position, event.verifier_key, event.replaces))
            case OperationRecorded(checkpoint=str(note), lost=int(lost)):
                self.restored.append((row.position, note, lost))
            case _:
                pass


class Trust:
    """The keys that count, and what is proved with them.

    The checkpoint is signed by a key of the auditor's own: no event makes another one trusted (`domain.proof.keys`).
    The notes besides it (the pinned one, those that were stamped) have roots that the checkpoint's tree proves, so
    that any key of the log may have signed them, at its time.
    """

    def __init__(
        self,
        report: Report,
        proof: Proof,
        origin: str,
        *,
        pin: Pin | None,
        keys: Sequence[VerifierKey],
        authorities: bytes | None,
    ) -> None:
        """`pin`, `keys` and `authorities` (as in `check_signature`) are the auditor's own.

        Without pin and keys the bundle's keys are taken, and a note says so.
        """
        self._report, self._proof, self._origin = report, proof, origin
        self._pin, self._authorities = pin, authorities
        self._trusted = list(dict.fromkeys((*keys, *(() if pin is None else pin.keys))))
        self._own: list[VerifierKey] = []

    def check(self, events: Events, told: Told, *, whole: bool) -> None:
        """Check the checkpoint against the tree, and what it continues. `whole`: the whole ledger is in the bundle."""
        tree, roots = events.tree, events.roots
        try:
            self._own = [verifier_key(each) for each in self._proof.keys]
        except NoteRefused as error:
            self._report.fault("key-malformed", f"proof.json: {error}", "verifier keys")
            return
        self._named(told, whole=whole)
        checkpoint = self._checkpoint(told)
        if checkpoint is None:
            return
        if checkpoint.size != tree.size or checkpoint.root != tree.root():
            what = f"the events lead to {tree.size} leaves with the root {tree.root().hex()}"
            self._report.fault("root-differs", what, f"{checkpoint.size} leaves with the root {checkpoint.root.hex()}")
        old = self._proof.pinned
        pinned = None if old is None else self._proved(old, told, "the pinned checkpoint")
        if self._proof.pinned is None and self._proof.consistency:
            self._report.fault("proof-differs", "a consistency proof without a pinned checkpoint", "none")
        if pinned is not None:
            self._consistent(pinned, checkpoint)
        if self._pin is not None:
            self._continues(self._pin, checkpoint, pinned, roots, told)
        self._stamps(checkpoint, told, events)
        for position, _, lost in told.restored:
            self._report.note(
                f"Event {position} records a restore to an earlier point: {lost} events were lost, and it cites the "
                "checkpoint that names them."
            )

    def _named(self, told: Told, *, whole: bool) -> None:
        """The keys that the bundle names: the events introduce them, where all events are there."""
        named = {each.key for each in told.introduced} | {each.replaces for each in told.introduced if each.replaces}
        if whole and named:
            for key in self._own:
                if str(key) not in named:
                    what = f"the bundle names the key {key}, which no event introduced"
                    self._report.fault("key-not-introduced", what, ", ".join(sorted(named)))
        for each in told.introduced:
            if each.replaces is not None:
                self._report.note(f"Event {each.position} introduced the key {each.key} in place of {each.replaces}.")

    def _checkpoint(self, told: Told) -> Checkpoint | None:
        """The checkpoint, if a key signed it that the auditor trusts; else why not, and what may be done about it."""
        if not self._trusted:
            self._report.note(
                "No pin and no key was given: who signed is known by the bundle's own word. Compare its keys with "
                "those that the agency has published: " + ", ".join(map(str, self._own))
            )
        shown = [*told.introduced, *(() if self._pin is None else self._pin.introduced)]
        return self._opened(self._proof.checkpoint, self._trusted or self._own, shown, "the checkpoint")

    def _proved(self, note: bytes, told: Told, what: str) -> Checkpoint | None:
        """A note besides the checkpoint; that the tree proves its root is checked by who asks."""
        return self._opened(note, list(dict.fromkeys((*self._own, *self._trusted))), told.introduced, what)

    def _opened(
        self, note: bytes, keys: Sequence[VerifierKey], shown: Sequence[Introduced], what: str
    ) -> Checkpoint | None:
        """What a note says, if one of these keys signed it that by the introductions shown signs at its size."""
        try:
            size = checkpoint_of(note_of(note).text).size
            return opened(note, self._origin, signers(keys, shown, size), verify)[0]
        except NoteRefused as error:
            should = f"signed for {self._origin} by a known key" + (
                "" if self._trusted else " (those that the bundle names)"
            )
            about = about_signer(note, keys, shown)
            self._report.fault("checkpoint-untrusted", f"{what} can't be trusted: {error}{about}", should)
            return None

    def _consistent(self, first: Checkpoint, second: Checkpoint) -> None:
        try:
            verify_consistency(first.size, second.size, self._proof.consistency, first.root, second.root)
        except (ProofRefused, ImpossibleSize) as error:
            what = f"the log of {second.size} events isn't shown to continue the one of {first.size}: {error}"
            self._report.fault("not-consistent", what, "a continuation of the pinned checkpoint")

    def _continues(
        self, pin: Pin, checkpoint: Checkpoint, pinned: Checkpoint | None, roots: Mapping[int, bytes], told: Told
    ) -> None:
        """The log must be a continuation of what the auditor has seen."""
        mine = pin.checkpoint
        if mine.origin != self._origin:
            self._report.fault("pin-of-another", f"the bundle is of {self._origin}", f"{mine.origin}, as your pin")
            return
        root = roots.get(mine.size, checkpoint.root if mine.size == checkpoint.size else None)
        if root == mine.root or (pinned == mine and pinned is not None):
            return
        should = f"a continuation of your pin, {mine.size} events with the root {mine.root.hex()}"
        restore = _losing(mine, told)
        if restore is not None:
            what = "it records a restore to an earlier point, and your pin is of what was lost by it"
            self._report.fault("pin-of-lost-history", what, should, position=restore, stream="installation")
        elif mine.size > checkpoint.size:
            what = (
                f"the bundle's log has {checkpoint.size} events only: its tail is missing, or it is older than your pin"
            )
            self._report.fault("pin-ahead", what, should)
        elif root is None:
            what = "the bundle holds no proof that it continues your pin: make one with your pin at hand"
            self._report.fault("pin-unproved", what, should)
        else:
            what = f"its first {mine.size} events lead to the root {root.hex()}: the log was rewritten"
            self._report.fault("pin-differs", what, should)

    def _stamps(self, checkpoint: Checkpoint, told: Told, events: Events) -> None:
        seen: list[str] = []
        for each in self._proof.timestamps:
            what = f"the time-stamp on the checkpoint of {each.size} events"
            stamped = self._proved(each.checkpoint, told, what)
            if stamped is None:
                continue
            root = checkpoint.root if each.size == checkpoint.size else events.roots.get(each.size)
            if stamped.size != each.size or stamped.root != root:
                has = "no record ends there" if root is None else f"the root there is {root.hex()}"
                self._report.fault("timestamp-differs", f"{what}: {has}", f"the root {stamped.root.hex()}")
                continue
            try:
                at = stamp_of(each.answer, each.checkpoint).at
                seen.append(f"{each.size} events at {at.isoformat()}")
                if self._authorities is not None:
                    check_signature(each.answer, each.checkpoint, self._authorities)
            except NoTimestamp as error:
                self._report.fault("timestamp-differs", f"{what}: {error}", "an RFC 3161 answer on that checkpoint")
                continue
            recorded = events.recorded.get(each.size)
            if recorded is not None and at < recorded - CLOCKS:
                has = f"{what} is of {at.isoformat()}, before an event that it covers"
                self._report.fault("timestamp-differs", has, f"{recorded.isoformat()} or later")
        if self._authorities is not None and not self._proof.timestamps:
            self._report.note("There is no time-stamp in the bundle: your authority has nothing to vouch for.")
        if seen:
            signed = "signed by your authority" if self._authorities is not None else _UNCHECKED
            shown = seen if len(seen) < 3 else (seen[0], f"({len(seen) - 2} more)", seen[-1])  # noqa: PLR2004
            self._report.note(f"Time-stamps, {signed}: {', '.join(shown)}.")


def about_signer(note: bytes, known: Collection[VerifierKey], shown: Iterable[Introduced]) -> str:
    """What the introductions tell of who signed a note that isn't trusted, and what may be done about it; or nothing.

    `known` are the keys that are trusted.
    """
    own = set(map(str, known))
    try:
        signed = {(each.name, each.key_id.hex()) for each in note_of(note).signatures}
    except NoteRefused:
        return ""
    for each in shown:
        if each.replaces is not None and each.replaces in own and _named(each.replaces) in signed:
            return f". By event {each.position} the key {each.replaces} was replaced."
        if each.key not in own and _named(each.key) in signed:
            return (
                f". Event {each.position} introduces the key {each.key}, but no key of yours vouches for that event. "
                "Ask the agency, in another way than over this address or by this file, which key signs its log. "
                f"If it is this one, add --key {each.key}"
            )
    return ""


def _named(key: str) -> tuple[str, ...]:
    """The name and id of a verifier key, by which a signature names it."""
    return tuple(key.split("+", 2)[:2])


def _losing(mine: Checkpoint, told: Told) -> int | None:
    """The position of the event that records the restore by which what is pinned was lost."""
    for position, note, lost in told.restored:
        try:
            old = checkpoint_of(note_of(note.encode()).text)
        except (NoteRefused, UnicodeEncodeError):
            continue
        if old.size - lost < mine.size <= old.size:
            return position
    return None
