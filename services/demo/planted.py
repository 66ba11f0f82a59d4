"""What happens beside the reports, and what an auditor finds there: the exceptions of docs/demo.md are planted here.

The domain can't prevent them: it takes a late extension, a signature without a declaration, a delivery without the
facility's data, an action that nobody closes. All of it is done by the demo's people through the API.
"""

from services.demo.documents import pdf
from services.demo.half_year import DATA, DIGITAL, YEAR
from services.demo.half_year import ROUND as HALF
from services.demo.people import COORDINATOR, DIRECTORS, HEAD, UNITS
from services.demo.stage import Story

MEASURE = "employment-service-digitalisation"
FIRST, SECOND = "release-3-2024", "transition-provision-systems-2024"
"""The two milestones that count for the measure; the second is linked later (case 21)."""
GREEN_AGAIN = (
    (UNITS[0], ("recruitment-customer-process-2024", "ukrainian-communication-2024")),
    (UNITS[7], ("ai-principles-2024",)),
    (DATA, ("evaluation-process-pilot-2024",)),
)
"""Deviations of the half-year round that were over by the end of the year, and are closed."""
FORGOTTEN = "integration-monitoring-2024"
"""One more, which is over, too: nobody closes it, and its action's date passes (C16)."""


async def record_measure(story: Story) -> None:
    """A measure of the recovery plan, and the first milestone that counts for it; the head declares her interests.

    The unit's director doesn't yet (C17).
    """
    await story.on("2024-02-05")
    title = {
        "fi": "Työvoimapalvelujen digitalisaatio",
        "sv": "Digitalisering av arbetskraftsservicen",
        "en": "Digitalisation of employment services",
    }
    await story.desk.do(
        COORDINATOR, "record-measure", {"measure": MEASURE, "code": "P3C2I1", "title": title, "section": "5"}
    )
    await _link(story, FIRST)
    await story.desk.do(HEAD, "declare-interest", {"measure": MEASURE, "year": YEAR, "conflict": False})
    story.tell("a measure of the recovery plan is recorded; one milestone counts for it")


async def move_date_late(story: Story) -> None:
    """The day after the directors' date the coordinator moves it for one unit: after it took effect (C15)."""
    await story.on("2024-08-23", 9)
    extension = {
        "round": HALF,
        "kind": "director",
        "unit": DATA,
        "date": "2024-08-26",
        "reason": "Johtaja vahvistaa vielä tavoitteen, jonka vuositavoitteita täydennettiin.",
    }
    await story.desk.do(COORDINATOR, "extend-deadline", extension)
    story.tell("a director's date is moved the day after it passed")


async def link_second(story: Story) -> None:
    """A second milestone counts for the measure from January on; the director declares his interests at last."""
    await story.on("2025-01-30")
    await _link(story, SECOND)
    await story.desk.do(DIRECTORS[DIGITAL], "declare-interest", {"measure": MEASURE, "year": YEAR, "conflict": False})
    story.tell("a second milestone counts for the measure from now on")


async def follow_up(story: Story) -> None:
    """What was mended is closed, but for one; the facility's data are recorded, but for one summary (C16, C10)."""
    await story.on("2025-02-14")
    for unit, subjects in GREEN_AGAIN:
        for subject in subjects:
            closure = {"year": YEAR, "subject": subject, "reason": "Tavoite toteutui vuoden loppuun mennessä."}
            await story.desk.do(DIRECTORS[unit], "close-deviation", closure)
    document = await story.desk.upload(COORDINATOR, "vastaanottopoytakirja.pdf", pdf("Vastaanottopöytäkirja"))
    await story.desk.do(
        COORDINATOR,
        "record-verification-summary",
        {
            "subject": FIRST,
            "measure": MEASURE,
            "year": YEAR,
            "summary": "Julkaisu otettiin vastaan ja käyttöön; pöytäkirja on liitteenä.",
            "documents": [{"file": document, "title": "Vastaanottopöytäkirja"}],
        },
    )
    recipients = [
        {"kind": "final-recipient", "name": "KEHA-keskus", "identifier": "2296962-1", "amount": "1200000.00"},
        {"kind": "contractor", "name": "Esimerkki Oy", "identifier": "1234567-1", "amount": "830000.00"},
    ]
    await story.desk.do(COORDINATOR, "record-recipients", {"measure": MEASURE, "year": YEAR, "recipients": recipients})
    closed = sum(len(subjects) for _, subjects in GREEN_AGAIN)
    story.tell(f"{closed} deviations of the half-year are closed; the data for the recovery facility are recorded")


async def _link(story: Story, subject: str) -> None:
    await story.desk.do(
        COORDINATOR,
        "link-item-to-measure",
        {
            "subject": subject,
            "measure": MEASURE,
            "kind": "milestone",
            "reference": None,
            "basis": "Tulossopimuksen luku 5 ja hankkeen asettamispäätös.",
        },
    )
