"""Ed25519 by RFC 8032: its vectors, what is refused, and the same verdicts as the library gives."""

from hashlib import sha512

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.proof import ed25519
from domain.proof.ed25519 import KeyRefused, check_key, verify

# RFC 8032, section 7.1: TEST 1, 2, 3 and SHA(abc).
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
            "655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
            "b00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
            "c027beceea1ec40a"
        ),
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        sha512(b"abc").hexdigest(),
        (
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17a"
            "d9bef1177331a704"
        ),
    ),
]
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493


def of(number: int) -> bytes:
    return number.to_bytes(32, "little")


# Every encoding that is decodable, after reduction, to one of the eight points of small order.
EIGHTH = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
SMALL = [of(y | sign << 255) for y in (0, 1, P - 1, P, P + 1, EIGHTH, P - EIGHTH) for sign in (0, 1)]


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_the_vectors_of_the_rfc(public: str, message: str, signature: str) -> None:
    key, text, value = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)

    assert verify(key, text, value)
    assert not verify(key, text + b"x", value)
    for at in range(0, 64, 7):
        assert not verify(key, text, value[:at] + bytes([value[at] ^ 0x10]) + value[at + 1 :])


def test_a_signature_has_one_encoding() -> None:
    """S is below the group's order: adding the order would give a second signature (section 5.1.7, step 1)."""
    public, message, signature = (bytes.fromhex(each) for each in VECTORS[1])
    second = signature[:32] + of(int.from_bytes(signature[32:], "little") + ORDER)

    assert not verify(public, message, second)
    for wrong in (b"", signature[:-1], signature + b"\0", bytes(64), b"\xff" * 64):
        assert not verify(public, message, wrong)
    assert not verify(public[:31], message, signature)


@pytest.mark.parametrize("key", SMALL)
def test_a_key_of_small_order_is_refused_in_any_encoding(key: bytes) -> None:
    with pytest.raises(KeyRefused):
        check_key(key)
    assert not verify(key, b"anything", of(1) + of(0))


@pytest.mark.parametrize("key", [b"", of(2), of(P + 3), b"\xff" * 32, of(3) + b"\0"])
def test_what_is_no_point_or_not_canonical_is_refused(key: bytes) -> None:
    with pytest.raises(KeyRefused):
        check_key(key)


def by_library(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.integers(0, 511))
def test_signatures_by_the_library_verify_and_flipped_ones_do_not(seed: bytes, message: bytes, bit: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8

    assert verify(public, message, signature)
    assert verify(public, message, bytes(flipped)) is by_library(public, message, bytes(flipped)) is False
    assert not verify(public, message + b"\0", signature)


def test_where_the_equations_with_and_without_cofactor_differ_it_decides_as_the_library_does() -> None:
    """R moved by a point of order 8: valid with the cofactor, not without."""
    torsion = ed25519._decode(of(EIGHTH))
    assert torsion is not None
    secret, nonce, message = 12345, 67890, b"message"
    public = ed25519._encode(ed25519._sum_of_multiples(secret, ed25519._BASE, 0, ed25519._NEUTRAL))

    def signature(commitment: bytes) -> bytes:
        k = int.from_bytes(sha512(commitment + public + message).digest(), "little")
        return commitment + of((nonce + k * secret) % ORDER)

    point = ed25519._sum_of_multiples(nonce, ed25519._BASE, 0, ed25519._NEUTRAL)
    plain = signature(ed25519._encode(point))
    moved = signature(ed25519._encode(ed25519._add(point, torsion)))

    assert verify(public, message, plain) is by_library(public, message, plain) is True
    assert verify(public, message, moved) is by_library(public, message, moved) is False
