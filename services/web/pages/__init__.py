"""The pages, an area a module, in the order in which addresses are tried."""

from collections.abc import Sequence

from services.web.page import Pages
from services.web.pages import (
    agency_report,
    beside,
    board,
    changed,
    clock,
    decision,
    deviations,
    front,
    item,
    queue,
    response,
    service,
    substitutes,
    taking_back,
)

AREAS: Sequence[Pages] = (
    front.pages,
    service.pages,
    clock.pages,
    board.pages,
    changed.pages,
    item.pages,
    beside.pages,
    queue.pages,
    decision.pages,
    taking_back.pages,
    agency_report.pages,
    response.pages,
    substitutes.pages,
    deviations.pages,
)
