"""The seal: each ledger's Merkle tree as tiles, its checkpoints signed, kept outside too, and served."""

from services.seal.follow import SealMetrics, readiness, seal_ledgers
from services.seal.http import routes
from services.seal.keys import KeyUnusable, SealKey, seal_key
from services.seal.record import introducing, rotate
from services.seal.sealer import Sealer, SealRefused
from services.seal.store import SealStore, open_stores
from verifier.ed25519 import verify

__all__ = [
    "KeyUnusable",
    "SealKey",
    "SealMetrics",
    "SealRefused",
    "SealStore",
    "Sealer",
    "introducing",
    "open_stores",
    "readiness",
    "rotate",
    "routes",
    "seal_key",
    "seal_ledgers",
    "verify",
]
