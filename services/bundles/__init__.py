"""What an auditor takes home: bundles of a ledger, made from the log and its seal."""

from services.bundles.make import BundleMaker, BundleUnsound, NotSealedYet, Reading, Wanted, Withheld
from services.bundles.sealed import NoSuchCheckpoint, NothingSealed, Sealed

__all__ = [
    "BundleMaker",
    "BundleUnsound",
    "NoSuchCheckpoint",
    "NotSealedYet",
    "NothingSealed",
    "Reading",
    "Sealed",
    "Wanted",
    "Withheld",
]
