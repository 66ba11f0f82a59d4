"""Steps that recur in both rounds: confirm targets again, compile, approve, deliver, publish."""

from typing import Any

from domain.values import UnitId
from services.demo.people import COORDINATOR, DIRECTORS, HEAD, OWNERS, Member
from services.demo.reporting import Reporting
from services.demo.stage import Story

EXPLANATION = ("cause", "risk", "action", "action_owner", "action_due")


def again(round_id: str, item: dict[str, Any]) -> dict[str, Any]:
    """The fields of a milestone's report as they are, to be written again with changes."""
    report = item["report"]
    return {
        "round": round_id,
        "subject": item["subject"],
        "seen": item["digest"],
        "status": report["status"],
        "light": report["light"],
        "checklist": report["checklist"],
        "narrative": report["narrative"],
        "reason": report["reason"],
        "explanation": report["explanation"],
    }


async def confirm_stale(reporting: Reporting, of_units: tuple[UnitId, ...]) -> int:
    """Choose again the lights of targets whose milestones changed since, submit and sign them; how many there were."""
    count = 0
    for unit in of_units:
        stale = await reporting.stale(unit)
        for item in stale:
            await reporting.target(OWNERS[unit], item)
        if stale:
            await reporting.submit(unit)
            await reporting.sign_off(unit, by=DIRECTORS[unit])
        count += len(stale)
    return count


async def deliver(
    story: Story, round_id: str, *, gaps: list[dict[str, str]], approve_on: str, deliver_on: str, case_number: str
) -> None:
    """The coordinator compiles, the head approves exactly that, the coordinator delivers it under its case number."""
    await story.desk.do(COORDINATOR, "compile-agency-report", {"round": round_id, "gaps": gaps})
    await story.on(approve_on)
    digest = (await story.desk.get(HEAD, f"rounds/{round_id}"))["compiled"]["digest"]
    await story.desk.do(HEAD, "approve-agency-report", {"round": round_id, "digest": digest})
    await story.on(deliver_on)
    await story.desk.do(
        COORDINATOR, "deliver-to-ministry", {"round": round_id, "digest": digest, "case_number": case_number}
    )


async def publish(story: Story, kind: str, person: Member = COORDINATOR) -> None:
    """Say that one of the three publications was made."""
    cycle = await story.desk.get(person, "cycles/2024")
    ready = next(each for each in cycle["publications"] if each["kind"] == kind)
    await story.desk.do(
        person,
        "publish",
        {
            "year": 2024,
            "kind": kind,
            "published_on": story.now.date().isoformat(),
            "digest": ready["digest"],
            "reference": f"https://www.tutkihallintoa.fi/keha/2024/{kind}",
            "redacted": [],
        },
    )
