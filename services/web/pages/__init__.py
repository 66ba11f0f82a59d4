"""The pages, an area a module, in the order in which addresses are tried."""

from collections.abc import Sequence

from services.web.page import Pages
from services.web.pages import (
    AREAS,
    Pages,
    Sequence,
    agency_report,
    beside,
    board,
    changed,
    clock,
    decision,
    deviations,
    front,
    item,
    pages,
    queue,
    response,
    service,
    substitutes,
    taking_back,
)
