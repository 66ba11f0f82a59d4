"""What auditors do on pages: read the trail, replay, test the controls, take and verify bundles, raise findings."""

from collections.abc import Sequence

from services.web.page import Pages
from services.web.pages.audit import (
    bundles,
    controls,
    differences,
    engagements,
    events,
    findings,
    looks,
    overview,
    replay,
    trail,
    verification,
)

AREAS: Sequence[Pages] = (
    overview.pages,
    trail.pages,
    events.pages,
    replay.pages,
    differences.pages,
    controls.pages,
    engagements.pages,
    findings.pages,
    bundles.pages,
    verification.pages,
    looks.pages,
)

__all__ = ["AREAS"]
