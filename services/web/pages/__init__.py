"""The pages, an area a module, in the order in which addresses are tried."""

from collections.abc import Sequence

from services.web.page import Pages
from services.web.pages import board, front

AREAS: Sequence[Pages] = (front.pages, board.pages)
