"""The auditor: finds in the trail, replays, tests the controls, takes the log home and verifies it."""

import re
from pathlib import Path

from playwright.async_api import expect

from browser.roles.person import Person


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

    async def tests_controls(self, year: int) -> dict[str, str]:
        """Test the controls over the whole log; the result of each."""
        await self.menu("Tarkastus")
        await self.follows("Testaa kontrollit")
        await self.picks("Vuosi", str(year))
        await self.main.get_by_role("button", name="Testaa kontrollit").click()
        rows = self.page.locator("#results tbody tr").filter(has=self.page.locator("th[scope=row]"))
        await expect(rows.first).to_be_visible()
        results = {}
        for row in await rows.all():
            name = await row.get_by_role("rowheader").inner_text()
            results[name[:3]] = await row.locator("td[data-label='Tulos']").inner_text()
        return results

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
        await self.follows("Tarkista paketti tai tarkistuspiste")
        await self.main.get_by_label("Paketti").set_input_files(bundle)
        await self.main.get_by_role("button", name="Tarkista paketti").click()
        found = self.main.get_by_role("region", name="Tarkistuksen tulos")
        await expect(found).to_contain_text("Kaikki pitää")
        counted = re.search(r"(\d+) tapahtumaa tarkistettiin", await found.inner_text())
        assert counted is not None
        return int(counted[1])
