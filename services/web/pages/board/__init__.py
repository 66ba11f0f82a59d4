"""The board of a round: its lights, as known on a day, and what changed between two."""

from collections.abc import Sequence

from services.web.page import Pages
from services.web.pages.board import board, changed

AREAS: Sequence[Pages] = (board.pages, changed.pages)

__all__ = ["AREAS"]
