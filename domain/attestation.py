"""What the service attests, and what its operator did to it (C12, C18).

Commands, state, evolve, decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.authority import require_system
from domain.errors import Refused
from domain.events.attestation import (
    INSTALLATION,
    Occasion,
    Operation,
    OperationRecorded,
    SealKeyIntroduced,
    ViewAttested,
)
from domain.events.event import Event
from domain.proof.note import NoteRefused, VerifierKey, verifier_key
from domain.values import ActorKind, Digest, Words
from domain.view import Act, Fact, Fold, View

LONGEST_NOTE = 10_000

Attested = Mapping[int, ViewAttested]
"""What was attested of a view, by position."""


def evolve_attested(state: Attested, fact: Fact) -> Attested:
    """The attestations of a view one event later."""
    return {**state, fact.event.at_position: fact.event} if isinstance(fact.event, ViewAttested) else state


ATTESTED: Fold[Attested] = Fold("attestation/{}", dict, evolve_attested)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What was done to the installation, and with which keys checkpoints were and are signed."""

    operations: tuple[OperationRecorded, ...] = ()
    keys: Mapping[str, SealKeyIntroduced] = field(default_factory=dict)
    key: str | None = None


def evolve(state: Installation, fact: Fact) -> Installation:
    """The installation one event later."""
    match fact.event:
        case OperationRecorded() as event:
            return replace(state, operations=(*state.operations, event))
        case SealKeyIntroduced() as event:
            return replace(state, keys={**state.keys, event.verifier_key: event}, key=event.verifier_key)
        case _:
            return state


FOLD = Fold(INSTALLATION, Installation, evolve)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestView:
    """Keep the digest of a view as of the event that is the occasion: a step of the system."""

    view: str
    occasion: Occasion
    at_position: int
    digest: Digest


def attest_view(view: View, act: Act, command: AttestView) -> tuple[Event, ...]:
    """Errors: `system-only`, `attested-otherwise`."""
    require_system(act, "attest-view")
    event = ViewAttested(
        view=command.view, occasion=command.occasion, at_position=command.at_position, digest=command.digest
    )
    present = view.get(ATTESTED, command.view).get(command.at_position)
    if present == event:
        return ()
    if present is not None:
        raise Refused(
            "attested-otherwise",
            f"At position {command.at_position} another digest of {command.view} is attested.",
            field="digest",
            rule="C12",
            mend="The projection or the log has changed: somebody must look.",
        )
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOperation:
    """The operator records what was done to the installation, when, by whom, and why."""

    operation: Operation
    performed_at: datetime
    performed_by: Words
    reason: Words
    checkpoint: str | None = None
    lost: int | None = None


def record_operation(view: View, act: Act, command: RecordOperation) -> tuple[Event, ...]:
    """Errors: `operator-only`, `date-in-the-future`, `checkpoint-missing`, `checkpoint-unfit`."""
    _operator(act, "records operations")
    restored = command.operation is Operation.RESTORE
    if command.performed_at > act.at:
        raise Refused("date-in-the-future", "It is yet to be done.", field="performed_at")
    if restored and (command.checkpoint is None or command.lost is None):
        raise Refused(
            "checkpoint-missing",
            "A restore cites the checkpoint kept outside, and how many events are lost.",
            field="checkpoint",
            rule="C18",
        )
    if command.checkpoint is not None and (not restored or len(command.checkpoint) > LONGEST_NOTE):
        raise Refused("checkpoint-unfit", "Only a restore cites a checkpoint, as its signed note.", field="checkpoint")
    event = OperationRecorded(
        operation=command.operation,
        performed_at=command.performed_at,
        performed_by=command.performed_by,
        reason=command.reason,
        checkpoint=command.checkpoint,
        lost=command.lost,
    )
    return () if event in view.get(FOLD).operations else (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntroduceSealKey:
    """The operator says with which key checkpoints are signed from now on, and which one it replaces."""

    verifier_key: str
    replaces: str | None
    reason: Words


def introduce_seal_key(view: View, act: Act, command: IntroduceSealKey) -> tuple[Event, ...]:
    """Errors: `operator-only`, `malformed-key`, `key-not-current`, `key-of-another-log`, `key-used-before`."""
    _operator(act, "introduces keys")
    state = view.get(FOLD)
    key = _key(command.verifier_key)
    event = SealKeyIntroduced(verifier_key=command.verifier_key, replaces=command.replaces, reason=command.reason)
    if state.key == command.verifier_key and state.keys[command.verifier_key].replaces == command.replaces:
        return ()
    if command.verifier_key in state.keys:
        raise Refused("key-used-before", "This key was introduced before.", field="verifier_key", rule="C18")
    if command.replaces != state.key:
        raise Refused(
            "key-not-current", f"The key in use is {state.key}.", field="replaces", mend="Name the one it replaces."
        )
    if state.key is not None and key.name != verifier_key(state.key).name:
        raise Refused(
            "key-of-another-log",
            f"The log's name is {verifier_key(state.key).name}, and a key's name is that of its log.",
            field="verifier_key",
            mend="Keep the name: only the key changes.",
        )
    return (event,)


def _key(text: str) -> VerifierKey:
    try:
        return verifier_key(text)
    except NoteRefused as error:
        raise Refused(
            "malformed-key",
            f"This is no verifier key: {error}.",
            field="verifier_key",
            mend="Its name, the key's id and the key, joined by plus signs (C2SP signed-note).",
        ) from error


def _operator(act: Act, what: str) -> None:
    if act.by.kind is not ActorKind.OPERATOR:
        raise Refused("operator-only", f"Only the operator {what}.")
