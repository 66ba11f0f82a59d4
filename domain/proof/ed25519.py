"""Ed25519 signatures, verified in plain Python (RFC 8032, section 5.1.7), for where no library is at hand.

It verifies public data only, so it need not run in constant time; it can't sign. About 3 ms a signature.

Verdicts must not depend on who verifies, so this decides as OpenSSL (and with it `cryptography`) does: S below the
group's order, and the equation without the cofactor, [S]B = R + [k]A, compared in R's encoding, which so can only be
canonical. What libraries differ in, a public key that is not canonically encoded or of small order (under which one
signature would fit many messages), is refused before any of them is asked: `check_key`.
"""

from collections.abc import Callable
from hashlib import sha512
from typing import TypeAlias

KEY_BYTES = 32
SIGNATURE_BYTES = 64

Verify: TypeAlias = Callable[[bytes, bytes, bytes], bool]
"""From public key, message and signature to whether they belong together. The key has passed `check_key`."""

_Point: TypeAlias = tuple[int, int, int, int]  # Extended coordinates: x = X/Z, y = Y/Z, x * y = T/Z.

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)
_NEUTRAL: _Point = (0, 1, 1, 0)


class KeyRefused(ValueError):
    """No public key of Ed25519 that may be trusted."""


def check_key(public: bytes) -> None:
    """Refuse what is no point of the curve, is encoded in another way than the one, or is of small order.

    Raises `KeyRefused`.
    """
    point = _decode(public)
    if point is None:
        raise KeyRefused("not an Ed25519 public key")
    for _ in range(3):
        point = _double(point)
    if _encode(point) == _encode(_NEUTRAL):
        raise KeyRefused("an Ed25519 public key of small order")


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is the key's over `message`. Malformed keys and signatures are no signatures."""
    try:
        check_key(public)
    except KeyRefused:
        return False
    key = _decode(public)
    if key is None or len(signature) != SIGNATURE_BYTES:
        return False
    commitment, s = signature[:32], int.from_bytes(signature[32:], "little")
    if s >= _ORDER:
        return False
    k = int.from_bytes(sha512(commitment + public + message).digest(), "little") % _ORDER
    minus_key = (_P - key[0], key[1], key[2], _P - key[3])
    return _encode(_sum_of_multiples(s, _BASE, k, minus_key)) == commitment


def _decode(encoded: bytes) -> _Point | None:
    """The point of an encoding (section 5.1.3), if it is one."""
    if len(encoded) != KEY_BYTES:
        return None
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= _P:
        return None
    x = _x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % _P)


def _x_of(y: int, sign: int) -> int | None:
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    # The candidate root of u/v, by one power: section 5.1.3, step 2.
    x = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) // 8, _P) % _P
    if v * x * x % _P == _P - u and u:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if v * x * x % _P != u or (x == 0 and sign):
        return None
    return x if x & 1 == sign else _P - x


def _encode(point: _Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, -1, _P)
    return ((y * inverse % _P) | ((x * inverse % _P & 1) << 255)).to_bytes(32, "little")


def _add(left: _Point, right: _Point) -> _Point:
    """Section 5.1.4; it is complete, so any two points do."""
    x1, y1, z1, t1 = left
    x2, y2, z2, t2 = right
    a, b = (y1 - x1) * (y2 - x2) % _P, (y1 + x1) * (y2 + x2) % _P
    c, d = 2 * t1 * t2 * _D % _P, 2 * z1 * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _double(point: _Point) -> _Point:
    x, y, z, _ = point
    a, b, c = x * x % _P, y * y % _P, 2 * z * z % _P
    h = a + b
    e, g = h - (x + y) ** 2 % _P, a - b
    f = c + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _sum_of_multiples(m: int, left: _Point, n: int, right: _Point) -> _Point:
    """[m]left + [n]right, both in one walk over the bits."""
    both = _add(left, right)
    found = _NEUTRAL
    for bit in range(max(m.bit_length(), n.bit_length()) - 1, -1, -1):
        found = _double(found)
        match (m >> bit & 1, n >> bit & 1):
            case (1, 1):
                found = _add(found, both)
            case (1, 0):
                found = _add(found, left)
            case (0, 1):
                found = _add(found, right)
            case _:
                pass
    return found


def _base() -> _Point:
    y = 4 * pow(5, -1, _P) % _P
    x = _x_of(y, 0)
    if x is None:
        raise ArithmeticError("the base point isn't on the curve")
    return x, y, 1, x * y % _P


_BASE = _base()
