"""Evidence: uploaded files in an object store, their manifests, and which of them the log names."""

from services.evidence.files import UploadRefused
from services.evidence.measure import FileDiffers, Manifest
from services.evidence.objects import open_objects
from services.evidence.store import EvidenceStore, Reused, Upload
from services.evidence.uses import FILE_USES

__all__ = ["FILE_USES", "EvidenceStore", "FileDiffers", "Manifest", "Reused", "Upload", "UploadRefused", "open_objects"]
