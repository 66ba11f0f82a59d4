"""Which key signs a checkpoint, by the events that introduced the keys."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.proof.keys import LogKeys, log_keys
from domain.proof.note import NoteRefused, VerifierKey


def key(seed: bytes, name: str = "etappi.example/log/keha") -> VerifierKey:
    return VerifierKey(name, Ed25519PrivateKey.from_private_bytes(seed * 32).public_key().public_bytes_raw())


FIRST, SECOND = key(b"1"), key(b"2")


def test_the_key_that_was_introduced_last_among_the_events_covered_signs() -> None:
    keys = log_keys([(3, str(FIRST)), (70, str(SECOND))])

    assert [keys.at(size) for size in (3, 69, 70, 1_000)] == [FIRST, FIRST, SECOND, SECOND]
    assert keys.current == SECOND
    assert keys.origin == "etappi.example/log/keha"


def test_the_first_parts_of_a_log_that_was_long_are_signed_by_the_first_key() -> None:
    assert log_keys([(90_000, str(FIRST))]).at(64_000) == FIRST


def test_without_a_key_nothing_is_signed() -> None:
    assert (LogKeys().at(5), LogKeys().current, LogKeys().origin) == (None, None, None)


def test_keys_of_several_logs_are_refused() -> None:
    with pytest.raises(NoteRefused, match="several logs"):
        log_keys([(1, str(FIRST)), (2, str(key(b"2", "other")))])
