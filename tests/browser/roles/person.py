"""Somebody at their browser, with mouse and keyboard, in Finnish: what everybody does on any page."""

import re
from dataclasses import dataclass

from playwright.async_api import FilePayload, Locator, Page, expect

from services.demo.documents import pdf

GREEN, YELLOW, RED = "Vihreä", "Keltainen", "Punainen"
PATIENCE = 30_000
"""Milliseconds for an answer that may take long: the calendar's steps, the whole log reckoned anew."""
CLOCK = "Demon kello"
ON_THE_WAY = "Kello on matkalla"


@dataclass(slots=True, kw_only=True)
class Person:
    """A person who has signed in. Pages are reached by the menu and by links, as people reach them."""

    page: Page

    @property
    def main(self) -> Locator:
        """What the page is about."""
        return self.page.locator("#main")

    async def menu(self, label: str) -> None:
        """Go to a page of the menu."""
        await self._follow(self.page.get_by_role("navigation", name="Päävalikko").get_by_role("link", name=label))

    async def follows(self, label: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        """Follow a link of the page by its words."""
        await self._follow((within or self.page.locator(".frame")).get_by_role("link", name=label))

    async def row(self, *words: str) -> Locator:
        """The row of a table in which all the words stand."""
        found = self.main.get_by_role("row")
        for each in words:
            found = found.filter(has_text=each)
        await expect(found).to_have_count(1)
        return found

    async def presses(self, label: str, told: str, *, within: Locator | None = None) -> str:
        """Press a button, and read what the page then says: what was done, and what comes next."""
        button = (within or self.main).get_by_role("button", name=label, exact=True)
        return await self._told(button, re.compile(re.escape(told)))

    async def types(self, label: str, words: str) -> None:
        """Write into a field; dates are written 2024-08-15."""
        await self.main.get_by_label(_exactly(label)).fill(words)

    async def picks(self, label: str, choice: str) -> None:
        """Choose from a list."""
        await self.main.get_by_label(_exactly(label)).select_option(label=choice)

    async def chooses(self, group: str, choice: str, *, within: Locator | None = None) -> None:
        """Choose one of several."""
        radios = (within or self.page.locator(".frame")).get_by_role("radiogroup", name=group)
        await radios.get_by_role("radio", name=choice, exact=True).check()

    async def ticks(self, label: str) -> None:
        """Tick a box."""
        await self.main.get_by_role("checkbox", name=label).check()

    async def opens(self, label: str) -> None:
        """Open what is folded up."""
        await self.main.locator("summary", has_text=label).click()

    async def attaches(self, label: str, name: str) -> None:
        """Choose a PDF as the file of a field."""
        file: FilePayload = {"name": name, "mimeType": "application/pdf", "buffer": pdf(name)}
        await self.main.get_by_label(_exactly(label)).set_input_files(file)

    async def waits_until(self, day: str) -> None:
        """Go to the page of the demo's clock, and set it to a day."""
        await self.follows("Kello", within=self.page.get_by_role("region", name=CLOCK))
        await self.types("Päivä", day)
        await self._walks(self.main, "Siirry päivään")

    async def steps(self, label: str, to: str) -> None:
        """Press a button of the demo's clock that stands on each page; the day that it is then."""
        told = await self._walks(self.page.get_by_role("region", name=CLOCK), label)
        assert told == f"Nyt on {to}.", told

    async def _walks(self, bar: Locator, label: str) -> str:
        """Step once; where much falls due on the way, press again."""
        while True:
            button = bar.get_by_role("button", name=label)
            told = await self._told(button, re.compile(rf"Nyt on|{ON_THE_WAY}"))
            if ON_THE_WAY not in told:
                return told.strip()

    async def _told(self, button: Locator, words: re.Pattern[str]) -> str:
        """Press a button, and wait for what is said of it; what was said before is put away."""
        said = self.page.locator("#flash")
        await self.page.evaluate("document.getElementById('flash')?.remove()")
        await button.click()
        await expect(said).to_contain_text(words, timeout=PATIENCE)
        return await said.inner_text()

    async def _follow(self, link: Locator) -> None:
        async with self.page.expect_navigation():
            await link.click()


def _exactly(label: str) -> re.Pattern[str]:
    """A field's label and no longer one; what needn't be filled in says so."""
    return re.compile(rf"^\s*{re.escape(label)}(\s*\(valinnainen\))?\s*$")
