"""Stages of 2025: the annual round, the final accounts, a correction, the ministry's assessment, the close."""

from typing import Any

from services.demo import fates, report_steps
from services.demo.documents import pdf
from services.demo.half_year import PAYMENTS, YEAR, rounds
from services.demo.people import ADMINISTRATORS, ASSESSOR, COORDINATOR, DECIDER, DIRECTORS, HEAD, OWNERS, UNITS
from services.demo.report_steps import confirm_stale, publish
from services.demo.stage import Story

ROUND = "2024-annual"
DIFFERENT = (2, 9, 17)
"""Of the ministry's lights, by their order, those that differ from the agency's."""
CORRECTED = ("payment-processing-time", "payment-satisfaction")


async def report(story: Story) -> None:
    """The annual round: eight units report 127 items in January, with evidence for what is reached."""
    reporting = rounds(story, ROUND)
    await story.on("2025-01-07")
    items = await story.items(COORDINATOR, ROUND)
    story.tell(f"the annual round opened on 1 January with {len(items)} items")
    for day, unit in zip(range(8, 16), UNITS, strict=True):
        await story.on(f"2025-01-{day:02}")
        await reporting.write(unit)
    await story.on("2025-01-22")
    for unit in UNITS:
        await reporting.write_targets(unit)
    for number, unit in enumerate(UNITS):
        await story.on("2025-01-27" if number < len(UNITS) // 2 else "2025-01-29")
        await reporting.submit(unit)
    story.tell("all eight units submitted by 31 January")


async def approve(story: Story) -> None:
    """All directors sign off by 10 February; the report is compiled and approved."""
    reporting = rounds(story, ROUND)
    await story.on("2025-02-04")
    for unit in UNITS:
        await reporting.sign_off(unit)
    await story.on("2025-02-12")
    await confirm_stale(reporting, UNITS)
    story.tell("all directors signed off by 10 February")


async def deliver(story: Story) -> None:
    """The final accounts are approved on 12 March; the report is delivered within the week."""
    await story.on("2025-03-12", 15)
    document = await story.desk.upload(COORDINATOR, "tilinpaatos-2024.pdf", pdf("Tilinpäätös 2024"))
    await story.desk.do(
        COORDINATOR,
        "record-final-accounts-approval",
        {"year": YEAR, "approved_on": "2025-03-12", "document": document},
    )
    await report_steps.deliver(
        story, ROUND, gaps=[], approve_on="2025-03-13", deliver_on="2025-03-17", case_number="KEHA/0311/2025"
    )
    await story.on("2025-03-20")
    await publish(story, "final-accounts")
    story.tell("final accounts approved on 12 March, delivered on 17 March (due by 19 March), published")


async def correct(story: Story) -> None:
    """Two provisional outturns became final: a supplement opens them again, the unit corrects, the director looks."""
    await story.on("2025-06-02")
    reason = "Maksatuksen lopulliset luvut poikkeavat alustavista."
    await story.desk.do(
        COORDINATOR,
        "open-supplement",
        {
            "round": ROUND,
            "reopening": "taydennys-1",
            "items": [{"subject": subject, "reason": reason} for subject in CORRECTED],
            "redeliver_by": "2025-06-13",
        },
    )
    owner = OWNERS[PAYMENTS]
    await story.on("2025-06-04")
    for subject in CORRECTED:
        await story.desk.do(
            owner, "start-correction", {"round": ROUND, "subject": subject, "reason": "Lopullinen luku vahvistui."}
        )
        item = await story.desk.get(owner, f"rounds/{ROUND}/items/{subject}")
        value, light = fates.CORRECTED_OUTTURNS[subject]  # type: ignore[index]
        await story.desk.do(
            owner,
            "report-indicator",
            {
                "round": ROUND,
                "subject": subject,
                "seen": item["digest"],
                "value": value,
                "finality": "final",
                "light": light,
                "narrative": "Lopullinen luku maksatusjärjestelmästä 30.5.2025.",
            },
        )
        story.lights[ROUND][subject] = light
    await rounds(story, ROUND).submit(PAYMENTS)
    await story.on("2025-06-06")
    await story.desk.do(
        DIRECTORS[PAYMENTS],
        "return-items",
        {
            "round": ROUND,
            "items": [{"subject": CORRECTED[1], "reason": "Liitä vielä kyselyn loppuraportti."}],
        },
    )
    story.tell("two outturns are corrected after the delivery: one with the director, one returned to its unit")


async def assess_half(story: Story) -> None:
    """The ministry is half-way through its assessment; a substitution is in force."""
    await story.on("2025-06-09")
    await story.desk.do(
        DIRECTORS[UNITS[0]],
        "appoint-substitute",
        {
            "substitution": "aro-kesakuu-2025",
            "principal": DIRECTORS[UNITS[0]].id,
            "substitute": DIRECTORS[UNITS[4]].id,
            "roles": ["director"],
            "unit": UNITS[0],
            "valid_from": "2025-06-09",
            "valid_to": "2025-06-27",
            "basis": "Viraston työjärjestys: yksikön johtajan sijainen.",
        },
    )
    await _assess(story, slice(0, 17))
    await story.on("2025-06-10", 9)
    story.tell("the ministry has given 17 of its 33 lights")


async def propose(story: Story) -> None:
    """Two acts that need two people wait for the second: a role for an administrator, a setting for the head."""
    grant = {
        "person": OWNERS[UNITS[7]].id,
        "role": "contributor",
        "unit": UNITS[2],
        "valid_from": "2025-06-16",
        "valid_to": "2025-12-31",
    }
    await story.desk.do(ADMINISTRATORS[0], "propose-role", {"proposal": "sund-tieto-2025", "grant": grant})
    setting = {
        "key": "reminders.days-before",
        "value": "[14,7,1]",
        "source": "Johtoryhmä 3.6.2025: ensimmäinen muistutus kaksi viikkoa ennen määräaikaa.",
    }
    await story.desk.do(COORDINATOR, "propose-setting", {"proposal": "muistutukset-2025", "setting": setting})
    story.tell("a role waits for the second administrator, a setting for the head")


async def confirm(story: Story) -> None:
    """The second people confirm exactly what was proposed."""
    await story.on("2025-06-10", 12)
    for person, command, proposal in (
        (ADMINISTRATORS[1], "confirm-role", "sund-tieto-2025"),
        (HEAD, "confirm-setting", "muistutukset-2025"),
    ):
        organisation = await story.desk.get(person, "organisation")
        digest = next(each["digest"] for each in organisation["proposals"] if each["proposal"] == proposal)
        await story.desk.do(person, command, {"proposal": proposal, "digest": digest})
    story.tell("the second administrator and the head confirmed what was proposed")


async def redeliver(story: Story) -> None:
    """The correction is signed off, approved and delivered again."""
    reporting = rounds(story, ROUND)
    await story.on("2025-06-10", 14)
    await reporting.evidence(OWNERS[PAYMENTS], CORRECTED[1])
    await reporting.submit(PAYMENTS)
    await story.on("2025-06-11")
    await reporting.sign_off(PAYMENTS)
    await report_steps.deliver(
        story, ROUND, gaps=[], approve_on="2025-06-11", deliver_on="2025-06-12", case_number="KEHA/0311/2025"
    )
    await publish(story, "final-accounts")
    story.tell("the corrected report is delivered and published again; the first delivery's timeliness stands")


async def state(story: Story) -> None:
    """The ministry gives its other lights and issues the statement, two days late (C06); the agency responds."""
    await story.on("2025-06-12", 13)
    await _assess(story, slice(17, None))
    await story.on("2025-06-18")
    draft = await story.desk.get(DECIDER, "cycles/2024/statement-draft")
    await story.desk.do(
        DECIDER,
        "issue-statement",
        {
            "year": YEAR,
            "digest": draft["digest"],
            "narrative": "Vuoden 2024 tulos on hyvä. Ministeriö pyytää seuraamaan viivästyneitä tavoitteita.",
        },
    )
    await story.on("2025-06-19")
    await publish(story, "statement")
    await story.on("2025-06-24")
    await story.desk.do(
        HEAD,
        "attach-response",
        {
            "year": YEAR,
            "narrative": "Virasto pitää kolmea arviota liian varovaisina ja perustelee kantansa.",
            "document": None,
        },
    )
    story.tell("33 lights, three unlike the agency's; statement on 18 June, two days late; the agency responded")


async def close(story: Story) -> None:
    """The time for a response passes, and the cycle closes."""
    await story.on("2025-07-03")
    cycle = await story.desk.get(COORDINATOR, "cycles/2024")
    story.tell(f"the cycle of 2024 is {cycle['stage']}")


async def _assess(story: Story, part: slice) -> None:
    """Give lights to some of what is to be assessed, by its order; what is being corrected comes last."""
    assessment = await story.desk.get(ASSESSOR, "cycles/2024/assessment")
    subjects = sorted(
        assessment["subjects"], key=lambda each: (each["subject"] in CORRECTED, each["kind"], each["subject"])
    )
    for number, each in list(enumerate(subjects))[part]:
        light = each["light"]
        body: dict[str, Any] = {
            "year": YEAR,
            "subject": each["subject"],
            "delivered": each["delivered"],
            "light": light,
        }
        if number in DIFFERENT:
            body["light"] = 2 if light == 3 else light - 1 if light == 2 else 2
            body["rationale"] = "Ministeriön näkemyksen mukaan osa tavoitteesta jäi vuodelle 2025."
        command = "assess-target" if each["kind"] == "target" else "assess-indicator"
        await story.desk.do(ASSESSOR, command, body)
