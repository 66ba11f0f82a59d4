"""What the service attests, what its operator did, who looked (C11, C12, C18)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from agreed import AGREED
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from kit import World, on, words
from story import JUNE

from domain.access import RecordLook, quarter_of
from domain.attestation import ATTESTED, FOLD, AttestView, IntroduceSealKey, RecordOperation
from domain.events.access import Look, LookRecorded
from domain.events.attestation import Occasion, Operation, OperationRecorded, SealKeyIntroduced, ViewAttested
from domain.proof.note import VerifierKey
from domain.values import OPERATOR, SYSTEM, Digest, PersonId, Role

VIEW = "attested-view/1"
ATTEST = AttestView(view=VIEW, occasion=Occasion.DELIVERY, at_position=12, digest=Digest("a" * 64))
RESTORED = RecordOperation(
    operation=Operation.RESTORE,
    performed_at=on("2024-06-09"),
    performed_by=words("Matti"),
    reason=words("a disk was lost"),
    checkpoint="etappi/kylki\n412\n…\n",
    lost=3,
)


def verifier_key(seed: bytes, log: str = "etappi.example/log/kylki") -> str:
    return str(VerifierKey(log, Ed25519PrivateKey.from_private_bytes(seed * 32).public_key().public_bytes_raw()))


FIRST, SECOND = verifier_key(b"1"), verifier_key(b"2")
KEY = IntroduceSealKey(verifier_key=FIRST, replaces=None, reason=words("the first one"))
LOOK = RecordLook(person=PersonId("aino"), role=Role.AUDITOR, engagement="eca-2025", kind=Look.READ, scope="trail")


def test_the_digest_of_a_view_is_kept_once_a_position() -> None:
    """C12."""
    world = AGREED.when(ATTEST, by=SYSTEM, at=JUNE).then(
        ViewAttested(view=VIEW, occasion=Occasion.DELIVERY, at_position=12, digest=Digest("a" * 64))
    )

    world = world.after(replace(ATTEST, at_position=40, occasion=Occasion.STATEMENT), by=SYSTEM, at=JUNE)

    attested = world.state(ATTESTED, VIEW)
    assert list(attested) == [12, 40]
    world.when(replace(ATTEST, digest=Digest("b" * 64)), by=SYSTEM, at=JUNE).refused(
        "attested-otherwise", field="digest", rule="C12"
    )


def test_a_restore_is_recorded_with_the_old_checkpoint_and_what_is_lost() -> None:
    """C18."""
    decided = AGREED.when(RESTORED, by=OPERATOR, at=JUNE)

    decided.then(
        OperationRecorded(
            operation=Operation.RESTORE,
            performed_at=on("2024-06-09"),
            performed_by=words("Matti"),
            reason=words("a disk was lost"),
            checkpoint="etappi/kylki\n412\n…\n",
            lost=3,
        )
    )
    for missing in ({"checkpoint": None}, {"lost": None}):
        AGREED.when(replace(RESTORED, **missing), by=OPERATOR, at=JUNE).refused(  # type: ignore[arg-type]
            "checkpoint-missing", field="checkpoint", rule="C18"
        )
    rebuilt = replace(RESTORED, operation=Operation.REBUILD)
    AGREED.when(rebuilt, by=OPERATOR, at=JUNE).refused("checkpoint-unfit", field="checkpoint")
    AGREED.when(replace(RESTORED, checkpoint="x" * 10_001), by=OPERATOR, at=JUNE).refused("checkpoint-unfit")
    later = replace(RESTORED, performed_at=JUNE + timedelta(seconds=1))
    AGREED.when(later, by=OPERATOR, at=JUNE).refused("date-in-the-future", field="performed_at")
    assert AGREED.when(replace(rebuilt, checkpoint=None, lost=None), by=OPERATOR, at=JUNE).events


def test_a_key_is_introduced_in_place_of_the_one_in_use_and_never_again() -> None:
    """C18. Key rotations are recorded."""
    world = AGREED.when(KEY, by=OPERATOR, at=JUNE).then(
        SealKeyIntroduced(verifier_key=FIRST, replaces=None, reason=KEY.reason)
    )
    second = replace(KEY, verifier_key=SECOND, replaces=FIRST)

    world.when(replace(second, replaces=None), by=OPERATOR, at=JUNE).refused("key-not-current", field="replaces")
    another = replace(second, verifier_key=verifier_key(b"2", "etappi.example/log/another"))
    world.when(another, by=OPERATOR, at=JUNE).refused("key-of-another-log", field="verifier_key")
    world = world.after(second, by=OPERATOR, at=JUNE)

    assert world.state(FOLD).key == SECOND
    world.when(replace(KEY, replaces=SECOND), by=OPERATOR, at=JUNE).refused("key-used-before", rule="C18")


@pytest.mark.parametrize(
    "key", ["", "etappi", "etappi+1f2e3d4c", "e kylki+1f2e3d4c+" + "A" * 44, FIRST[:-1], FIRST.replace("log", "lag")]
)
def test_what_is_no_verifier_key_is_not_introduced(key: str) -> None:
    AGREED.when(replace(KEY, verifier_key=key), by=OPERATOR, at=JUNE).refused("malformed-key", field="verifier_key")


def test_a_look_is_recorded_once_a_person_scope_and_quarter_of_an_hour() -> None:
    """C11. The watchers are watched."""
    at = on("2024-06-10", 9, 14, 59)
    expected = LookRecorded(
        person=PersonId("aino"),
        role=Role.AUDITOR,
        engagement="eca-2025",
        kind=Look.READ,
        scope="trail",
        quarter=on("2024-06-10", 9),
        digest=None,
    )

    world = World().when(LOOK, by=SYSTEM, at=at).then(expected)

    assert world.when(LOOK, by=SYSTEM, at=on("2024-06-10", 9, 14, 59)).events == ()
    other = world.after(replace(LOOK, scope="item/2024-half-year/portal"), by=SYSTEM, at=at)
    assert other.when(LOOK, by=SYSTEM, at=at).events == ()
    assert other.when(replace(LOOK, person=PersonId("anna")), by=SYSTEM, at=at).events
    assert other.when(replace(LOOK, kind=Look.BUNDLE, digest=Digest("a" * 64)), by=SYSTEM, at=at).events
    later = other.when(LOOK, by=SYSTEM, at=on("2024-06-10", 9, 15)).then(
        replace(expected, quarter=on("2024-06-10", 9, 15))
    )
    assert len(later.facts) == 3


def test_a_quarter_of_an_hour_begins_at_its_minute() -> None:
    assert quarter_of(on("2024-06-10", 9, 59, 59)) == on("2024-06-10", 9, 45)
    assert quarter_of(on("2024-06-10", 9, 45) + timedelta(microseconds=5)) == on("2024-06-10", 9, 45)
