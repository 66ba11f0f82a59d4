"""Agreement files: an agreement as data that an agency writes itself, checked whole before anything is imported."""

from services.agreements.command import import_command, units
from services.agreements.format import AgreementFile
from services.agreements.load import load
from services.agreements.malformed import Malformation, MalformedAgreement

__all__ = ["AgreementFile", "Malformation", "MalformedAgreement", "import_command", "load", "units"]
