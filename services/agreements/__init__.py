"""Agreement files: an agreement as data that an agency writes itself, checked whole before anything is imported."""

from services.agreements.command import fingerprint, import_command, units
from services.agreements.format import AgreementFile
from services.agreements.load import load
from services.agreements.malformed import Malformation, MalformedAgreement

__all__ = ["AgreementFile", "Malformation", "MalformedAgreement", "fingerprint", "import_command", "load", "units"]
