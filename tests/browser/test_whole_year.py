"""The reporting year 2024 of a small agency, done by hand through the pages in Chromium, by each role, in Finnish.

Nobody gives a command but by clicks and keys, also the demo's clock, on which Temporal runs the calendar. The API is
asked at the end only, for what was recorded.
"""

from pathlib import Path

import pytest
from web.site import Site

from browser.acts import annual, half_year, statement
from browser.conftest import PageAs
from browser.roles.agency import Head
from browser.roles.audit import Auditor
from browser.roles.cast import Cast
from browser.roles.record import recorded

ACTS = [
    ("published", "Tuula Kanerva", 1),
    ("person-registered", "Aino Lehtonen", 1),
    ("role-proposed", "Aino Lehtonen", 1),
    ("role-confirmed", "Otto Rinne", 1),
    ("account-closed", "Otto Rinne", 1),
    # The half-year
    ("deadline-extended", "Tuula Kanerva", 1),
    ("item-submitted", "Maria Backman", 3),
    ("item-submitted", "Mikko Salo", 3),
    ("substitute-appointed", "Riitta Valo", 1),
    ("item-returned", "Antti Kuusela for Riitta Valo", 1),
    ("item-signed-off", "Antti Kuusela for Riitta Valo", 2),
    ("item-signed-off", "Antti Kuusela", 3),
    ("item-submitted", "Maria Backman", 1),
    ("item-signed-off", "Antti Kuusela for Riitta Valo", 1),
    ("item-submitted", "Veera Lahti", 1),
    ("item-signed-off", "Anne Tammi", 1),
    ("agency-report-compiled", "Tuula Kanerva", 1),
    ("agency-report-returned", "Marja Ylitalo", 1),
    ("agency-report-compiled", "Tuula Kanerva", 1),
    ("agency-report-approved", "Marja Ylitalo", 1),
    ("delivered-to-ministry", "Tuula Kanerva", 1),
    # The annual report
    ("item-submitted", "Maria Backman", 4),
    ("item-submitted", "Mikko Salo", 3),
    ("item-submitted", "Veera Lahti", 1),
    ("item-signed-off", "Riitta Valo", 4),
    ("item-signed-off", "Antti Kuusela", 3),
    ("item-signed-off", "Anne Tammi", 1),
    ("agency-report-compiled", "Tuula Kanerva", 1),
    ("agency-report-approved", "Marja Ylitalo", 1),
    ("final-accounts-approval-recorded", "Tuula Kanerva", 1),
    ("delivered-to-ministry", "Tuula Kanerva", 1),
    ("published", "Tuula Kanerva", 1),
    # Its supplement
    ("supplement-opened", "Tuula Kanerva", 1),
    ("correction-started", "Veera Lahti", 1),
    ("item-submitted", "Veera Lahti", 1),
    ("item-signed-off", "Anne Tammi", 1),
    ("agency-report-compiled", "Tuula Kanerva", 1),
    ("agency-report-approved", "Marja Ylitalo", 1),
    ("delivered-to-ministry", "Tuula Kanerva", 1),
    ("published", "Tuula Kanerva", 1),
    # The ministry
    ("delivery-returned", "Johanna Mäkelä", 1),
    ("item-returned", "Johanna Mäkelä", 1),
    ("item-submitted", "Maria Backman", 1),
    ("item-signed-off", "Riitta Valo", 1),
    ("agency-report-compiled", "Tuula Kanerva", 1),
    ("agency-report-approved", "Marja Ylitalo", 1),
    ("delivered-to-ministry", "Tuula Kanerva", 1),
    ("published", "Tuula Kanerva", 1),
    ("action-reported", "Maria Backman", 1),
    ("deviation-closed", "Riitta Valo", 1),
    ("action-reported", "Maria Backman", 1),
    ("deviation-closed", "Riitta Valo", 1),
    ("deviation-closed", "Anne Tammi", 1),
    ("target-assessed", "Johanna Mäkelä", 2),
    ("indicator-assessed", "Johanna Mäkelä", 2),
    ("statement-issued", "Henrik Österman", 1),
    ("published", "Tuula Kanerva", 1),
    ("response-attached", "Marja Ylitalo", 1),
    ("engagement-opened", "Marja Ylitalo", 1),
]
"""What people did, each act by whom, for whom, and on how many items."""
CALENDAR = [
    "cycle-opened",
    "round-opened",
    "deadline-passed",
    "round-closed",
    "round-opened",
    "assessment-opened",
    "round-closed",
    "cycle-closed",
]
"""What the workflows did: one unit was late, the annual round closed with the statement, and then the year."""


@pytest.mark.timeout(600)
async def test_a_reporting_year_is_done_by_hand(before_the_year: Site, page_as: PageAs, tmp_path: Path) -> None:
    cast, begun = Cast(site=before_the_year, page_as=page_as), await before_the_year.events()

    await half_year.the_year_begins(cast)
    await half_year.the_units_report(cast)
    await half_year.the_report_is_delivered(cast)
    await annual.the_units_report(cast)
    await annual.the_report_is_delivered(cast)
    await annual.an_outturn_is_corrected(cast)
    await statement.an_item_is_returned(cast)
    await statement.deviations_are_closed(cast)
    await statement.the_ministry_assesses(cast)
    await statement.the_year_closes(cast)

    marja = await cast.plays(Head, "marja-ylitalo")
    satu = await cast.plays(Auditor, "satu-auditor")
    await marja.engages_auditor("Satu Rautio", ("2024-01-01", "2024-12-31"), "2025-12-31", "Toimeksianto 4/2025.")
    returned = await satu.finds("Palautettu")
    assert [each.partition(",")[0] for each in returned] == [
        "Johanna Mäkelä",
        "Antti Kuusela henkilön Riitta Valo puolesta",
    ]
    assert await satu.replays() == "Tarkastuksen toimeksianto avattu"
    assert await satu.tests_controls(2024) == []
    assert await satu.verifies(await satu.takes_log_home(tmp_path)) == await before_the_year.events()

    record = await recorded(before_the_year, begun)
    assert record.acts == ACTS
    assert record.calendar == CALENDAR
