"""RFC 3161 time-stamps: what was stamped, and when the authority says that it saw it.

Read by the standard library, strictly by DER. Whose the authority's own signature is, and whether they are trusted, is
said by a certificate that no bundle can bring: whoever has it gives it, and `rfc3161-client` checks, where it is there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import new
from pathlib import Path

try:
    from cryptography.x509 import load_pem_x509_certificates
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
except ImportError:  # pragma: no cover (where only the standard library is at hand)
    CHECKS_SIGNATURES = False
else:
    CHECKS_SIGNATURES = True

_SEQUENCE, _OCTETS, _OID, _TIME, _EXPLICIT = 0x30, 0x04, 0x06, 0x18, 0xA0
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_TST_INFO = bytes.fromhex("2a864886f70d0109100104")
_HASHES = {
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
}
_GRANTED = b"\x00"
CLOCKS = timedelta(minutes=5)
"""By how much the clocks of an authority and of a service may differ."""


class NoTimestamp(ValueError):
    """The answer isn't a time-stamp, or one on something else."""


class NoAuthority(ValueError):
    """What should be certificates isn't."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When the authority says that it saw what was stamped."""

    at: datetime


def stamp_of(answer: bytes, stamped: bytes) -> Stamp:
    """The time-stamp of an authority's answer (TimeStampResp) on `stamped`. Raises `NoTimestamp`."""
    status, token = _parts(_only(answer, _SEQUENCE), _SEQUENCE, _SEQUENCE)
    if next(_items(status), (0, b""))[1] != _GRANTED:
        raise NoTimestamp("the authority didn't grant it")
    kind, content = _parts(token, _OID, _EXPLICIT)
    if kind != _SIGNED_DATA:
        raise NoTimestamp("no signed data")
    _, _, encapsulated, *_ = _list(_only(content, _SEQUENCE), 4)
    kind, content = _parts(encapsulated[1], _OID, _EXPLICIT)
    if kind != _TST_INFO:
        raise NoTimestamp("signed data without a time-stamp")
    _, _, imprint, _, time, *_ = _list(_only(_only(content, _OCTETS), _SEQUENCE), 5)
    algorithm, digest = _parts(imprint[1], _SEQUENCE, _OCTETS)
    name = _HASHES.get(next(_items(algorithm), (0, b""))[1])
    if name is None:
        raise NoTimestamp("a time-stamp by a hash that isn't known here")
    if new(name, stamped).digest() != digest:
        raise NoTimestamp(f"a time-stamp on something else: its imprint is {digest.hex()}")
    if time[0] != _TIME:
        raise NoTimestamp("a time-stamp without a time")
    return Stamp(at=_instant(time[1]))


def authorities_of(path: Path) -> bytes:
    """The certificates of a file that `check_signature` takes. Raises `NoAuthority`, `OSError`."""
    if not CHECKS_SIGNATURES:
        raise NoAuthority("--authority needs the package rfc3161-client; `openssl ts -verify` checks it, too.")
    authorities = path.read_bytes()
    try:
        load_pem_x509_certificates(authorities)
    except ValueError as error:
        raise NoAuthority(f"{path} holds no certificate in PEM: {error}") from error
    return authorities


def check_signature(answer: bytes, stamped: bytes, authorities: bytes) -> None:
    """That one of these authorities, root certificates in PEM, signed the time-stamp. Raises `NoTimestamp`.

    Only where `CHECKS_SIGNATURES`.
    """
    try:
        roots = load_pem_x509_certificates(authorities)
        VerifierBuilder(roots=roots).build().verify_message(decode_timestamp_response(answer), stamped)
    except (VerificationError, ValueError) as error:
        raise NoTimestamp(f"not signed by the authority: {error}") from error


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and contents of the elements that stand one behind the other (X.690, DER)."""
    at = 0
    while at < len(data):
        head = data[at : at + 2]
        if len(head) < 2 or head[0] & 0x1F == 0x1F:  # noqa: PLR2004
            raise NoTimestamp("not DER")
        length, at = head[1], at + 2
        if length & 0x80:
            count = length & 0x7F
            said = data[at : at + count]
            length, at = int.from_bytes(said, "big"), at + count
            if not 1 <= count <= 4 or len(said) < count or said[0] == 0 or length < 0x80:  # noqa: PLR2004
                raise NoTimestamp("not DER: a length in another spelling than the one")
        if at + length > len(data):
            raise NoTimestamp("it is cut off")
        yield head[0], data[at : at + length]
        at += length


def _list(data: bytes, least: int) -> list[tuple[int, bytes]]:
    found = list(_items(data))
    if len(found) < least:
        raise NoTimestamp("fewer fields than a time-stamp has")
    return found


def _parts(data: bytes, *tags: int) -> list[bytes]:
    """The contents of exactly these elements."""
    found = list(_items(data))
    if tuple(tag for tag, _ in found) != tags:
        raise NoTimestamp("other fields than a time-stamp has")
    return [content for _, content in found]


def _only(data: bytes, tag: int) -> bytes:
    return _parts(data, tag)[0]


def _instant(text: bytes) -> datetime:
    """GeneralizedTime as RFC 3161 has it: in UTC, with a fraction or none."""
    try:
        said = text.decode("ascii")
        whole, _, fraction = said.removesuffix("Z").partition(".")
        at = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        return at.replace(microsecond=int(fraction[:6].ljust(6, "0"))) if fraction else at
    except ValueError as error:
        raise NoTimestamp("a time-stamp without a time") from error
