"""The auditor: finds in the trail, replays, tests the controls, takes the log home and verifies it."""

import re
from pathlib import Path

from playwright.async_api import expect

from browser.roles.person import PATIENCE, Person


class Auditor(Person):
    """Who looks at everything in an engagement of theirs."""

    async def finds(self, kind: str) -> list[str]:
        """The people who did something of a kind, as the trail has it, the newest first."""
        await self.menu("Tarkastus")
        await self.follows("Hae jäljitysketjusta")
        await self.picks("Tapahtumalaji", kind)
        await self.page.wait_for_url("**type=**")
        rows = self.page.locator("#trail tbody tr")
        await expect(rows.filter(has_not_text=kind)).to_have_count(0)
        return await rows.locator("td[data-label='Kuka']").all_inner_texts()

    async def replays(self) -> str:
        """Go to the last event but one by the slider, and step to the last; what that was."""
        await self.menu("Tarkastus")
        await self.follows("Toista historia")
        steps = self.page.get_by_role("navigation", name="Vaiheet")
        await self.page.get_by_role("slider").press("ArrowLeft")
        await expect(steps.get_by_role("link", name="Seuraava tapahtuma")).to_be_visible()
        await self.follows("Seuraava tapahtuma", within=steps)
        return await self.main.get_by_role("heading", level=2).first.inner_text()

    async def tests_controls(self, year: int) -> list[str]:
        """Test the nineteen controls over the whole log; those that have exceptions."""
        await self.menu("Tarkastus")
        await self.follows("Testaa kontrollit")
        await self.picks("Vuosi", str(year))
        await self.main.get_by_role("button", name="Testaa kontrollit").click()
        rows = self.page.locator("#results").get_by_role("row").filter(has=self.page.get_by_role("rowheader"))
        await expect(rows).to_have_count(19, timeout=PATIENCE)
        result = self.page.locator("td[data-label='Tulos']").filter(has_text=re.compile(r"\d poikke"))
        failing = rows.filter(has=result)
        return [(await each.get_by_role("rowheader").inner_text())[:3] for each in await failing.all()]

    async def takes_log_home(self, folder: Path) -> Path:
        """Take the whole log as a bundle."""
        await self.menu("Tarkastus")
        await self.follows("Ota todistuspaketti")
        async with self.page.expect_download() as download:
            await self.main.get_by_role("button", name="Lataa paketti").click()
        file = folder / (await download.value).suggested_filename
        await (await download.value).save_as(file)
        return file

    async def verifies(self, bundle: Path) -> int:
        """Have a bundle verified in the page, where all of it holds; how many events were verified."""
        await self.menu("Tarkastus")
        await self.follows(re.compile("paketti tai tarkistuspiste$"))
        await self.main.get_by_label("Paketti").set_input_files(bundle)
        await self.main.get_by_role("button", name=re.compile("paketti$")).click()
        found = self.main.get_by_role("region", name="Todentamisen tulos")
        await expect(found).to_contain_text("Kaikki pitää", timeout=PATIENCE)
        counted = re.search(r"(\d+) tapahtumaa todennettiin", await found.inner_text())
        assert counted is not None
        return int(counted[1])
