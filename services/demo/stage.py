"""What the stages of the story share: the desk, the ledger's clock, a line to the reader."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.demo.desk import Desk
from services.demo.people import Member

HELSINKI = ZoneInfo("Europe/Helsinki")
START = datetime(2023, 11, 20, 9, tzinfo=HELSINKI)
Advance = Callable[[datetime], Awaitable[None]]
Tell = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Story:
    """What the stages share. `advance` sets the demo clock and takes whatever falls due on the way.

    `lights` are what the units reported so far, by round and subject; `issuer` is the demo's identity provider.
    """

    desk: Desk
    advance: Advance
    tell: Tell
    agreement_file: bytes
    issuer: str
    version: str = ""
    now: datetime = START
    lights: dict[str, dict[str, int]] = field(default_factory=dict)

    async def on(self, day: str, hour: int = 10, minute: int = 0) -> None:
        """Go on to a day and hour in Helsinki."""
        moment = datetime.fromisoformat(day).replace(hour=hour, minute=minute, tzinfo=HELSINKI)
        if moment > self.now:
            self.now = moment
            await self.advance(moment)

    async def items(self, person: Member, round_id: str) -> list[dict[str, Any]]:
        """All items of a round that a person may see, from page to page."""
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            query: dict[str, str | int] = {"limit": 200} | ({"after": after} if after else {})
            page = await self.desk.get(person, f"rounds/{round_id}/items", **query)
            found += page["items"]
            after = page.get("next") or ""
            if not after:
                return found
