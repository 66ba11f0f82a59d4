"""Which key signs a checkpoint, by the events that introduced the keys."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.proof.keys import Introduced, LogKeys, log_keys, signers
from domain.proof.note import NoteRefused, VerifierKey


def key(seed: bytes, name: str = "etappi.example/log/keha") -> VerifierKey:
    return VerifierKey(name, Ed25519PrivateKey.from_private_bytes(seed * 32).public_key().public_bytes_raw())


FIRST, SECOND, THIRD = key(b"1"), key(b"2"), key(b"3")


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


CHAIN = (
    Introduced(3, str(FIRST)),
    Introduced(70, str(SECOND), str(FIRST)),
    Introduced(90, str(THIRD), str(SECOND)),
)


@pytest.mark.parametrize("size", [1, 3, 69, 70, 89, 90, 500])
def test_where_all_introductions_are_shown_the_key_that_the_log_says_signs_and_no_other(size: int) -> None:
    keys = log_keys([(each.position, each.key) for each in CHAIN])

    assert signers([FIRST, SECOND, THIRD], CHAIN, size) == (keys.at(size),)


def test_an_introduction_makes_no_key_trusted() -> None:
    assert signers([FIRST], CHAIN[:2], 80) == ()
    assert signers([SECOND], CHAIN[:2], 80) == (SECOND,)


def test_where_some_introductions_are_shown_a_key_that_none_names_may_sign() -> None:
    assert signers([SECOND], CHAIN[:1], 80) == (SECOND,)
    assert signers([FIRST, SECOND], CHAIN[2:], 80) == (FIRST, SECOND)


@pytest.mark.parametrize("shown", [CHAIN[1:2], CHAIN[:1] + CHAIN[2:], CHAIN[:2]])
def test_a_key_that_was_replaced_signs_no_more(shown: tuple[Introduced, ...]) -> None:
    assert signers([FIRST], shown, 95) == ()


def test_a_key_that_was_replaced_does_not_bring_itself_back() -> None:
    assert signers([FIRST], [*CHAIN[:2], Introduced(80, str(FIRST), str(SECOND))], 85) == ()
