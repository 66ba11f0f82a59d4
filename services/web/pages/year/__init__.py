"""A reporting year and its rounds: dates, the agency's report, deliveries, publications."""

from collections.abc import Sequence

from services.web.page import Pages
from services.web.pages.year import (
    agency_report,
    compiling,
    cycle,
    deadlines,
    delivery,
    final_accounts,
    publications,
    reopening,
    response,
)

AREAS: Sequence[Pages] = (
    cycle.pages,
    deadlines.pages,
    compiling.pages,
    agency_report.pages,
    delivery.pages,
    final_accounts.pages,
    reopening.pages,
    publications.pages,
    response.pages,
)

__all__ = ["AREAS"]
