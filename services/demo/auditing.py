"""What auditors do in the story: the head engages one, who looks, and raises a finding that is answered."""

from services.demo.half_year import DATA
from services.demo.people import AUDITOR, COORDINATOR, HEAD
from services.demo.stage import Story

ENGAGEMENT, FINDING = "rrf-2025", "f-1"


async def engage(story: Story) -> None:
    """The head opens an engagement for the year 2024, of the whole ledger, until the end of 2025."""
    await story.on("2025-05-05")
    engagement = {
        "engagement": ENGAGEMENT,
        "body": "audit-authority",
        "auditors": [AUDITOR.id],
        "subjects": [],
        "period_from": "2024-01-01",
        "period_to": "2024-12-31",
        "valid_from": "2025-05-05",
        "valid_to": "2025-12-31",
        "basis": "Elpymis- ja palautumistukivälineen sisäisen valvonnan tarkastus, toimeksianto 3/2025.",
    }
    await story.desk.do(HEAD, "open-engagement", engagement)
    story.tell("the head engages an auditor, who may look at everything until the end of the year")


async def find(story: Story) -> None:
    """The auditor finds the date that was moved too late in the trail (C15); the coordinator answers."""
    await story.on("2025-05-20")
    trail = await story.desk.get(AUDITOR, "trail", type="deadline-extended", unit=DATA)
    finding = {
        "engagement": ENGAGEMENT,
        "finding": FINDING,
        "control": "C15",
        "severity": "minor",
        "unit": DATA,
        "subjects": [],
        "positions": [each["position"] for each in trail["entries"]],
        "text": "Johtajan määräaikaa siirrettiin vasta, kun se oli jo kulunut.",
    }
    await story.desk.do(AUDITOR, "raise-finding", finding)
    await story.on("2025-05-27")
    answer = {
        "engagement": ENGAGEMENT,
        "finding": FINDING,
        "agreed": True,
        "mended_by": "2025-09-30",
        "text": "Määräajan siirrosta sovitaan jatkossa ennen kuin se kuluu; ohje päivitetään.",
    }
    await story.desk.do(COORDINATOR, "answer-finding", answer)
    story.tell("the auditor finds a date that was moved too late; the coordinator answers by when that is mended")
