"""Evidence: uploaded files in an object store, their manifests, and which of them the log names."""

from services.evidence.files import UploadRefused
from services.evidence.store import FILE_USES, EvidenceStore, Manifest, Reused, Upload, open_objects

__all__ = ["FILE_USES", "EvidenceStore", "Manifest", "Reused", "Upload", "UploadRefused", "open_objects"]
