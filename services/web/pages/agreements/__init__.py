"""The agreement: its versions, its signatures, its file."""

from collections.abc import Sequence

from services.web.page import Pages
from services.web.pages.agreements import agreement, agreement_file

AREAS: Sequence[Pages] = (agreement_file.pages, agreement.pages)

__all__ = ["AREAS"]
