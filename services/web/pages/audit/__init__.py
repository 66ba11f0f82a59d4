"""What auditors do on pages: read the trail, replay, test the controls, take and verify bundles, raise findings."""

from collections.abc import Sequence

from services.web.page import Pages
from services.web.pages.audit.bundles import pages as bundles
from services.web.pages.audit.controls import pages as controls
from services.web.pages.audit.differences import pages as differences
from services.web.pages.audit.engagements import pages as engagements
from services.web.pages.audit.events import pages as events
from services.web.pages.audit.findings import pages as findings
from services.web.pages.audit.looks import pages as looks
from services.web.pages.audit.overview import pages as overview
from services.web.pages.audit.replay import pages as replay
from services.web.pages.audit.trail import pages as trail
from services.web.pages.audit.verification import pages as verification

AREAS: Sequence[Pages] = (
    overview,
    trail,
    events,
    replay,
    differences,
    controls,
    engagements,
    findings,
    bundles,
    verification,
    looks,
)

__all__ = ["AREAS"]
