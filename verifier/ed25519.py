"""Ed25519 with the library where it is at hand, else with the standard library alone."""

from domain.proof import ed25519
from domain.proof.ed25519 import Verify

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:  # pragma: no cover (where only the standard library is at hand)
    verify: Verify = ed25519.verify
else:

    def verify(public: bytes, message: bytes, signature: bytes) -> bool:
        """As `domain.proof.ed25519.verify`, thirty times as fast.

        The key must have passed `check_key`, as those of a `VerifierKey` have; then both give the same verdict.
        """
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True
