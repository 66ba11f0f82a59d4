"""Deciding on what units submitted, and who stands in for whom."""

from collections.abc import Sequence

from services.web.page import Pages
from services.web.pages.decisions import decision, deviations, queue, substitutes, taking_back

AREAS: Sequence[Pages] = (queue.pages, decision.pages, taking_back.pages, substitutes.pages, deviations.pages)

__all__ = ["AREAS"]
