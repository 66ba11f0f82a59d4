"""Carrying out erasures: disclosures, files and index entries go, and a record outside the database keeps it so."""

from services.erasure.apply import LostErasures, apply_erasures
from services.erasure.follow import erasures
from services.erasure.records import ErasureRecord, ErasureRecords, open_records

__all__ = ["ErasureRecord", "ErasureRecords", "LostErasures", "apply_erasures", "erasures", "open_records"]
