"""What waits for somebody, and a unit's reports: written, proved, checked, submitted."""

from collections.abc import Sequence

from services.web.page import Pages
from services.web.pages.work import evidence, report, submission, work

AREAS: Sequence[Pages] = (work.pages, submission.pages, report.pages, evidence.pages)

__all__ = ["AREAS"]
