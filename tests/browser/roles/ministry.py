"""The ministry: who assesses what the agency delivered, and who issues the statement."""

from browser.roles.person import Person


class Assessor(Person):
    """Who gives the ministry's lights."""

    async def opens(self, title: str) -> None:
        """From the menu to what is to be assessed."""
        await self.menu("Arviointi")
        await self.follows(title)

    async def assesses(self, title: str, light: str, rationale: str | None = None) -> None:
        """Give one light, with a rationale where it differs from the agency's."""
        await self.opens(title)
        beside = self.page.get_by_role("complementary")
        await self.chooses("Liikennevalo", light, within=beside)
        if rationale is not None:
            await beside.get_by_label("Perustelut").fill(rationale)
        await self.presses("Tallenna", "arvioitu", within=beside)

    async def returns(self, title: str, reason: str, until: str) -> None:
        """Return one item to the agency instead of assessing it."""
        await self.opens(title)
        await self.follows("Palauta tämä virastolle")
        await self.types("Toimitettava uudelleen viimeistään", until)
        await self.types("Perustelu", reason)
        await self.presses("Palauta kohteet", "Kohteet on palautettu virastolle.")


class Decider(Person):
    """Who issues the statement."""

    async def issues_statement(self, words: str) -> None:
        """Issue it over the lights that are shown."""
        await self.menu("Arviointi")
        await self.follows("Kannanotto")
        await self.types("Kannanotto sanallisesti", words)
        await self.presses("Anna kannanotto", "Kannanotto on annettu.")
