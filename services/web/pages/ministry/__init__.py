"""The ministry's lights and its statement, given by itself or copied by two people."""

from collections.abc import Sequence

from services.web.page import Pages
from services.web.pages.ministry import assessment, statement, transcription

AREAS: Sequence[Pages] = (assessment.pages, statement.pages, transcription.pages)

__all__ = ["AREAS"]
