"""The pages, an area a module, in the order in which addresses are tried."""

from collections.abc import Sequence

from services.web.page import Pages
from services.web.pages import beside, board, changed, clock, decision, front, item, queue, service, taking_back

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
)
