"""How a unit of the demo reports: its milestones and indicators, then the targets that it leads, then all of it."""

from dataclasses import dataclass, field
from typing import Any

from domain.events.agreement import IndicatorDefined, MilestoneDefined
from domain.values import UnitId
from services.demo import fates
from services.demo.documents import pdf
from services.demo.fates import GREEN, RED, YELLOW
from services.demo.people import DIRECTORS, OWNERS, Member
from services.demo.stage import Story

Item = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Reporting:
    """One round as the story plays it. `lights` are those reported so far, by subject."""

    story: Story
    round_id: str
    milestones: dict[str, MilestoneDefined]
    indicators: dict[str, IndicatorDefined]
    lights: dict[str, int] = field(default_factory=dict)

    @property
    def annual(self) -> bool:
        """Whether this is the annual round."""
        return self.round_id.endswith("-annual")

    async def mine(self, person: Member, unit: UnitId, kind: str | None = None) -> list[Item]:
        """The items of a unit."""
        items = await self.story.items(person, self.round_id)
        return [each for each in items if each["unit"] == unit and kind in (None, each["kind"])]

    async def write(self, unit: UnitId, *, left_to: Member | None = None) -> None:
        """Report the unit's milestones and indicators; `left_to` writes the first of them in the owner's stead."""
        owner = OWNERS[unit]
        writer = left_to or owner
        for item in await self.mine(owner, unit):
            if item["kind"] == "milestone":
                await self.milestone(writer, item)
                writer = owner
            elif item["kind"] == "indicator":
                await self.indicator(owner, item)

    async def milestone(self, writer: Member, item: Item) -> None:
        """Report one milestone, with evidence where it is reached."""
        subject, number = item["subject"], sorted(self.milestones).index(item["subject"])
        milestone = self.milestones[subject]
        outcome = fates.annual(number) if self.annual else fates.half_year(number, milestone)
        due = "2025-12-31" if self.annual else "2024-11-30"
        body = outcome.body(milestone, number, writer.id, due)
        await self.story.desk.do(
            writer, "report-milestone", {"round": self.round_id, "subject": subject, "seen": None, **body}
        )
        self.lights[subject] = outcome.light
        if outcome.needs_evidence:
            await self.evidence(writer, subject)

    async def evidence(self, writer: Member, subject: str) -> None:
        """Attach a document to an item."""
        file = await self.story.desk.upload(writer, f"{subject}.pdf", pdf(f"Todiste: {subject}"))
        evidence = {
            "id": "poytakirja",
            "revision": 1,
            "file": file,
            "title": "Ohjausryhmän pöytäkirja",
            "document_date": "2024-12-12" if self.annual else "2024-05-28",
            "link": None,
            "outside_period": None,
        }
        await self.story.desk.do(
            writer, "attach-evidence", {"round": self.round_id, "subject": subject, "evidence": evidence}
        )

    async def indicator(self, writer: Member, item: Item) -> None:
        """Report one indicator; one without a level is confirmed as not assessable."""
        subject = item["subject"]
        outturns = fates.ANNUAL_OUTTURNS if self.annual else fates.HALF_YEAR_OUTTURNS
        body: dict[str, Any] = {"round": self.round_id, "subject": subject, "seen": None}
        if subject not in outturns:
            reason = "Mittaria ei vielä mitattu vuonna 2024; mittaustavat määriteltiin vuoden aikana."
            body |= {"value": None, "finality": "final", "light": None, "reason": reason}
        else:
            value, light = outturns[subject]
            provisional = not self.annual or fates.is_provisional(self.indicators[subject])
            body |= {
                "value": value,
                "finality": "provisional" if provisional else "final",
                "light": light,
                "reason": "Lopullinen luku vahvistuu keväällä." if self.annual and provisional else None,
                "explanation": None if light == GREEN else fates.explanation(len(subject), writer.id, "2025-12-31"),
            }
            self.lights[subject] = light
        await self.story.desk.do(writer, "report-indicator", body)

    async def write_targets(self, unit: UnitId) -> None:
        """Choose the light of each target that the unit leads, over its milestones as they are."""
        owner = OWNERS[unit]
        for item in await self.mine(owner, unit, "target"):
            if item["stage"] in ("not-started", "draft", "returned"):
                await self.target(owner, item)

    async def target(self, writer: Member, item: Item) -> None:
        """Choose one target's light: GREEN if all its milestones are, else a judgement with its reasons."""
        subject = item["subject"]
        lights = [each["light"] for each in item["milestones"]]
        short = YELLOW if lights.count(RED) * 2 < len(lights) else RED
        light = GREEN if all(each == GREEN for each in lights) else short
        body = {
            "round": self.round_id,
            "subject": subject,
            "seen": item["seen"],
            "light": light,
            "milestones": [_bound(each) for each in item["milestones"]],
            "explanation": None if light == GREEN else fates.explanation(len(subject), writer.id, "2025-12-31"),
        }
        await self.story.desk.do(writer, "report-target", body)
        self.lights[subject] = light

    async def stale(self, unit: UnitId) -> list[Item]:
        """The unit's targets of which a milestone changed after their light was chosen."""
        targets = await self.mine(OWNERS[unit], unit, "target")
        return [
            each
            for each in targets
            if each["report"] is not None
            and each["report"]["milestones"] != [_bound(one) for one in each["milestones"]]
        ]

    async def submit(self, unit: UnitId, **more: str) -> dict[str, Any]:
        """Submit all that the unit has in draft, exactly as it is."""
        owner = OWNERS[unit]
        drafts = [each for each in await self.mine(owner, unit) if each["stage"] in ("draft", "returned")]
        return await self.story.desk.do(
            owner, "submit-items", {"round": self.round_id, "items": [each["bound"] for each in drafts], **more}
        )

    async def waiting(self, person: Member, unit: UnitId) -> list[Item]:
        """What the unit has submitted and nobody decided."""
        return [each for each in await self.mine(person, unit) if each["stage"] == "submitted"]

    async def sign_off(
        self, unit: UnitId, by: Member | None = None, acting_for: Member | None = None
    ) -> dict[str, Any]:
        """Sign off all that waits in a unit: its director, or somebody in their stead."""
        signer = by or DIRECTORS[unit]
        waiting = await self.waiting(signer, unit)
        return await self.story.desk.do(
            signer,
            "sign-off-items",
            {"round": self.round_id, "items": [each["bound"] for each in waiting]},
            acting_for=acting_for,
        )


def _bound(one: Item) -> Item:
    return {"subject": one["subject"], "revision": one["revision"], "digest": one["digest"]}
