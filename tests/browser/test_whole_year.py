"""The reporting year 2024 of a small agency, done by hand through the pages in Chromium, by each role, in Finnish.

Nobody gives a command but by clicks and keys, also the demo's clock, on which Temporal runs the calendar. The API is
asked at the end only, for what was recorded.
"""

import pytest
from web.site import Site

from browser.acts import half_year
from browser.conftest import PageAs
from browser.roles.cast import Cast
from browser.roles.record import SYSTEM, recorded

HALF_YEAR = [
    ("cycle-opened", SYSTEM, 1),
    ("published", "Tuula Kanerva", 1),
    ("person-registered", "Aino Lehtonen", 1),
    ("role-proposed", "Aino Lehtonen", 1),
    ("role-confirmed", "Otto Rinne", 1),
    ("account-closed", "Otto Rinne", 1),
    ("round-opened", SYSTEM, 1),
    ("deadline-extended", "Tuula Kanerva", 1),
    ("item-submitted", "Maria Backman", 3),
    ("item-submitted", "Mikko Salo", 3),
    ("substitute-appointed", "Riitta Valo", 1),
    ("item-returned", "Antti Kuusela for Riitta Valo", 1),
    ("item-signed-off", "Antti Kuusela for Riitta Valo", 2),
    ("item-signed-off", "Antti Kuusela", 3),
    ("item-submitted", "Maria Backman", 1),
    ("item-signed-off", "Antti Kuusela for Riitta Valo", 1),
    ("deadline-passed", SYSTEM, 1),
    ("item-submitted", "Veera Lahti", 1),
    ("item-signed-off", "Anne Tammi", 1),
    ("agency-report-compiled", "Tuula Kanerva", 1),
    ("agency-report-returned", "Marja Ylitalo", 1),
    ("agency-report-compiled", "Tuula Kanerva", 1),
    ("agency-report-approved", "Marja Ylitalo", 1),
    ("delivered-to-ministry", "Tuula Kanerva", 1),
]


@pytest.mark.timeout(600)
async def test_a_reporting_year_is_done_by_hand(before_the_year: Site, page_as: PageAs) -> None:
    cast, begun = Cast(site=before_the_year, page_as=page_as), await before_the_year.events()

    await half_year.the_year_begins(cast)
    await half_year.the_units_report(cast)
    await half_year.the_report_is_delivered(cast)

    assert await recorded(before_the_year, begun) == HALF_YEAR
