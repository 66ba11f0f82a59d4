"""A target, a milestone or an indicator: all that is known of it, its documents, its history, its deviation."""

from collections.abc import Sequence

from services.web.page import Pages
from services.web.pages.items import beside, item

AREAS: Sequence[Pages] = (item.pages, beside.pages)

__all__ = ["AREAS"]
