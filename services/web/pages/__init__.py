"""The pages, a package an area, in the order in which addresses are tried."""

from collections.abc import Sequence

from services.web.page import Pages
from services.web.pages import (
    agreements,
    audit,
    board,
    clock,
    decisions,
    feedback,
    front,
    items,
    measures,
    ministry,
    organisation,
    service,
    work,
    year,
)

AREAS: Sequence[Pages] = (
    front.pages,
    service.pages,
    feedback.pages,
    clock.pages,
    measures.pages,
    *board.AREAS,
    *items.AREAS,
    *work.AREAS,
    *decisions.AREAS,
    *year.AREAS,
    *ministry.AREAS,
    *agreements.AREAS,
    *audit.AREAS,
    *organisation.AREAS,
)
