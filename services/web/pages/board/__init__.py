"""The board of a round: its lights, as known on a day, and what changed between two."""

from collections.abc import Sequence

from services.web.page import Pages
from services.web.pages.board import board, changes, indicators

AREAS: Sequence[Pages] = (board.pages, changes.pages, indicators.pages)

__all__ = ["AREAS"]
