"""Stages of 2023 and 2024: the ledger's people, the agreement and its signatures, the half-year round."""

import json

from domain.values import UnitId, VersionId
from services.agreements import fingerprint, import_command, load, units
from services.demo import report_steps
from services.demo.documents import pdf
from services.demo.people import (
    ADMINISTRATORS,
    COORDINATOR,
    DIRECTORS,
    HEAD,
    MEMBERS,
    OWNERS,
    SIGNATORIES,
    UNITS,
    Member,
)
from services.demo.report_steps import again, confirm_stale, publish
from services.demo.reporting import Reporting
from services.demo.stage import Story

ROUND = "2024-half-year"
YEAR = 2024
DIGITAL, DATA, FINANCE, SECURITY, PAYMENTS = (UNITS[1], UNITS[2], UNITS[3], UNITS[5], UNITS[6])


def rounds(story: Story, round_id: str = ROUND) -> Reporting:
    """A round as the story plays it."""
    content = story.agreement_file
    command = import_command(load(content), VersionId(story.version), fingerprint(content))
    return Reporting(
        story=story,
        round_id=round_id,
        milestones={each.milestone: each for each in command.milestones if each.year == YEAR},
        indicators={each.indicator: each for each in command.indicators},
        lights=story.lights.setdefault(round_id, {}),
    )


async def staff(story: Story) -> None:
    """Units and people are registered; each role is proposed by one administrator and confirmed by the other."""
    first, second = ADMINISTRATORS
    for unit in units(load(story.agreement_file)):
        await story.desk.do(
            first,
            "register-unit",
            {"unit": unit.unit, "name": json.loads(unit.name), "valid_from": "2023-11-20"},
        )
    for member in MEMBERS:
        if member not in ADMINISTRATORS:
            await _register(story, member)
        for number, (role, unit_id) in enumerate(member.roles, 1):
            proposal = f"{member.id}-{number}"
            grant = {
                "person": member.id,
                "role": role,
                "unit": unit_id,
                "valid_from": "2023-11-20",
                "valid_to": None,
            }
            await story.desk.do(first, "propose-role", {"proposal": proposal, "grant": grant})
    organisation = await story.desk.get(second, "organisation")
    for proposed in organisation["proposals"]:
        await story.desk.do(second, "confirm-role", {"proposal": proposed["proposal"], "digest": proposed["digest"]})
    story.tell(f"{len(UNITS)} units, {len(MEMBERS)} people; every role proposed by one and confirmed by another")


async def _register(story: Story, member: Member) -> None:
    login = {"issuer": story.issuer, "subject": member.account}
    await story.desk.do(
        ADMINISTRATORS[0],
        "register-person",
        {
            "person": member.id,
            "name": member.name,
            "contact": member.contact,
            "language": member.language,
            "login": json.dumps(login, sort_keys=True, separators=(",", ":")),
        },
    )


async def sign(story: Story) -> None:
    """The agreement is imported, sent for signature with its annexes, and signed by four; one is reminded."""
    await story.on("2023-12-04")
    file = load(story.agreement_file)
    story.version = file.version
    await story.desk.send_agreement(COORDINATOR, story.agreement_file)
    annexes = []
    for number, annex in enumerate(file.annexes, 1):
        uploaded = await story.desk.upload(COORDINATOR, f"liite-{number}.pdf", pdf(annex.title.fi))
        annexes.append({"id": annex.id, "file": uploaded})
    holders = [{"slot": slot, "person": member.id} for slot, member in SIGNATORIES.items()]
    await story.on("2023-12-05")
    await story.desk.do(
        COORDINATOR, "send-for-signature", {"version": story.version, "holders": holders, "annexes": annexes}
    )
    digest = (await story.desk.get(COORDINATOR, f"agreements/{story.version}"))["digest"]
    *prompt, tardy = SIGNATORIES.items()
    for day, (slot, member) in zip(("2023-12-06", "2023-12-07", "2023-12-08"), prompt, strict=True):
        await story.on(day)
        await story.desk.do(member, "sign-agreement", {"version": story.version, "slot": slot, "digest": digest})
    await story.on("2023-12-14")
    slot, member = tardy
    await story.desk.do(member, "sign-agreement", {"version": story.version, "slot": slot, "digest": digest})
    story.tell(f"four signatures; {member.name} signed last, after a reminder: the agreement is in force")


async def publish_agreement(story: Story) -> None:
    """The agreement is published."""
    await story.on("2023-12-18")
    await publish(story, "agreement")
    story.tell("the agreement is published")


async def report(story: Story) -> None:
    """The half-year round: eight units report 119 items; one too early, one is granted more time, one is late."""
    await story.on("2024-05-31", 16)
    reporting = rounds(story)
    some = min(reporting.milestones)
    await story.desk.is_refused(
        OWNERS[UnitId(reporting.milestones[some].unit)],
        "report-milestone",
        {"round": ROUND, "subject": some, "seen": None, "status": "in-progress", "light": 3},
        "window-not-open",
    )
    await story.on("2024-06-03", 8)
    items = await story.items(COORDINATOR, ROUND)
    story.tell(f"the half-year round opened on 1 June with {len(items)} items")
    for day, unit in zip(range(10, 20), UNITS, strict=False):
        await story.on(f"2024-06-{day}")
        await reporting.write(unit, left_to=DIRECTORS[DIGITAL] if unit == DIGITAL else None)
    await story.on("2024-06-24")
    for unit in UNITS:
        await reporting.write_targets(unit)
    story.tell("all units have written; targets follow their milestones")


async def submit(story: Story) -> None:
    """Six submit in time, one within an extension, one late with its reason."""
    reporting = rounds(story)
    await story.on("2024-08-07")
    extension = {
        "round": ROUND,
        "kind": "unit",
        "unit": SECURITY,
        "date": "2024-08-20",
        "reason": "Valmiusharjoitus sitoo yksikön väen elokuun puoliväliin.",
    }
    await story.desk.do(COORDINATOR, "extend-deadline", extension)
    for day, unit in (("2024-08-09", UNITS[0]), ("2024-08-12", DIGITAL), ("2024-08-12", DATA), ("2024-08-13", FINANCE)):
        await story.on(day)
        await reporting.submit(unit)
    await story.on("2024-08-14")
    for unit in (UNITS[4], UNITS[7]):
        await reporting.submit(unit)
    await story.on("2024-08-16", 9)
    await reporting.submit(PAYMENTS, late_reason="Maksatusjärjestelmän raportti valmistui vasta perjantaina.")
    story.tell("payments submitted a day late, with its reason; security and preparedness has until 20 August")


async def approve(story: Story) -> None:
    """Directors sign off; one returns three items, one is away and has a substitute, one wrote an item himself."""
    reporting = rounds(story)
    await _substitute(story)
    for unit in (UNITS[0], UNITS[4], UNITS[7], PAYMENTS):
        await reporting.sign_off(unit)
    skipped = (await reporting.sign_off(DIGITAL))["skipped"]
    [own] = await reporting.waiting(DIRECTORS[DIGITAL], DIGITAL)
    await story.desk.is_refused(
        DIRECTORS[DIGITAL], "sign-off-items", {"round": ROUND, "items": [own["bound"]]}, "own-work"
    )
    await reporting.sign_off(DIGITAL, by=HEAD)
    story.tell(f"{DIRECTORS[DIGITAL].name} may not sign what he wrote ({len(skipped)} item); it came to the head")
    waiting = await reporting.waiting(DIRECTORS[DATA], DATA)
    returned = [each for each in waiting if each["kind"] == "milestone"][:3]
    reason = "Täydennä: mitä on tehty kesäkuun loppuun mennessä?"
    await story.desk.do(
        DIRECTORS[DATA],
        "return-items",
        {"round": ROUND, "items": [{"subject": each["subject"], "reason": reason} for each in returned]},
    )
    await reporting.sign_off(DATA)
    story.tell("the director of data and analytics returned three items and signed the others")
    await story.on("2024-08-19")
    await _rework(story, reporting, [each["subject"] for each in returned])
    await story.on("2024-08-20", 9)
    await reporting.sign_off(DATA)
    await reporting.submit(SECURITY)
    await story.on("2024-08-21")
    await reporting.sign_off(SECURITY)
    await reporting.sign_off(FINANCE, by=DIRECTORS[PAYMENTS], acting_for=DIRECTORS[FINANCE])
    story.tell(
        f"{DIRECTORS[PAYMENTS].name} signed for {DIRECTORS[FINANCE].name}; three returned items came back mended"
    )


async def _substitute(story: Story) -> None:
    substitution = {
        "substitution": "westerholm-elokuu-2024",
        "principal": DIRECTORS[FINANCE].id,
        "substitute": DIRECTORS[PAYMENTS].id,
        "roles": ["director"],
        "unit": FINANCE,
        "valid_from": "2024-08-16",
        "valid_to": "2024-08-30",
        "basis": "Viraston työjärjestys: yksikön johtajan sijainen vuosiloman aikana.",
    }
    await story.desk.do(DIRECTORS[FINANCE], "appoint-substitute", substitution)


async def _rework(story: Story, reporting: Reporting, subjects: list[str]) -> None:
    """The unit adds what was asked for; targets over what changed are confirmed again."""
    owner = OWNERS[DATA]
    for subject in subjects:
        item = await story.desk.get(owner, f"rounds/{ROUND}/items/{subject}")
        body = again(ROUND, item)
        body["narrative"] = "Määrittelyt ovat valmiit ja pilotin ensimmäinen vaihe on käynnissä."
        await story.desk.do(owner, "report-milestone", body)
    await reporting.submit(DATA)


async def deliver(story: Story) -> None:
    """The coordinator compiles, the head approves, the report is delivered before 31 August."""
    await story.on("2024-08-23")
    await confirm_stale(rounds(story), UNITS)
    await report_steps.deliver(
        story, ROUND, gaps=[], approve_on="2024-08-27", deliver_on="2024-08-29", case_number="KEHA/1204/2024"
    )
    story.tell("delivered to the ministry on 29 August as KEHA/1204/2024, in time")
