"""A unit: its owner, who reports and submits, and its director, who decides."""

import re
from dataclasses import dataclass

from browser.roles.person import GREEN, Person

UNIT_REPORT = "Yksikön raportti"
ACTION = "Ilmoita korjaava toimenpide tehdyksi"
LIGHT = "valo"
"""In the legend of each choice of a light, whatever else it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """Why a light is yellow or red, and what is done about it, by when."""

    cause: str
    risk: str
    action: str
    due: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A document that proves what is reported."""

    title: str
    dated: str


class Owner(Person):
    """Who reports for a unit."""

    async def opens_report(self, round_name: str) -> None:
        """From the tasks to the unit's report."""
        await self.menu("Omat tehtävät")
        task = self.main.get_by_role("row").filter(has_text=round_name).first
        await self.follows("", within=task.get_by_role("rowheader"))
        # A task about one item alone leads to its form.
        if await self.page.get_by_role("heading", level=1, name="Raportoi: ").count():
            await self.follows(UNIT_REPORT, within=self.page.get_by_role("navigation", name="Olet tässä"))

    async def proceeds_as_planned(self, *titles: str) -> None:
        """Say of several milestones at once that they proceed as planned: it needs no words."""
        for title in titles:
            await self.ticks(title)
        told = f"Raportoitu suunnitellusti eteneviksi: {len(titles)}."
        await self.presses("Raportoi valitut suunnitellusti eteneviksi", told)

    async def reports_milestone(
        self,
        title: str,
        status: str,
        light: str = GREEN,
        deviation: Deviation | None = None,
        proof: Proof | None = None,
    ) -> None:
        """Report how far a milestone is; where it is reached, add the document that proves it."""
        await self._begins(title)
        await self.chooses("Missä vaiheessa vuositavoite on?", status)
        if proof is not None:
            await self.presses("Tallenna raportti", "Saavutettu vuositavoite tarvitsee todisteen")
            await self.adds(proof)
            return
        await self.chooses(LIGHT, light)
        await self._explains(deviation)
        await self._saves()

    async def reports_indicator(
        self,
        title: str,
        outturn: str,
        light: str | None = None,
        *,
        finality: str | None = None,
        reason: str | None = None,
        deviation: Deviation | None = None,
    ) -> None:
        """Report an indicator's outturn, and a light where the outturn alone doesn't say it."""
        await self._begins(title)
        await self.types("Toteuma tähän mennessä" if finality is None else "Vuoden toteuma", outturn)
        if finality is not None:
            await self.chooses("Onko toteuma lopullinen?", finality)
        if reason is not None:
            await self.types("Miksi toteumaa ei ole tai se on alustava", reason)
        if light is not None:
            await self.chooses(LIGHT, light)
        await self._explains(deviation)
        await self._saves()

    async def reports_target(self, title: str, light: str, deviation: Deviation | None = None) -> None:
        """Choose a target's light over those of its milestones."""
        await self._begins(title)
        await self.chooses(LIGHT, light)
        await self._explains(deviation)
        await self._saves()

    async def adds(self, proof: Proof) -> None:
        """On the page of an item's documents: add one, and go back to the unit's report."""
        await self.attaches("Tiedosto", "todiste.pdf")
        await self.types("Asiakirjan nimi", proof.title)
        await self.types("Asiakirjan päiväys", proof.dated)
        await self.presses("Lisää asiakirja", "Asiakirja on lisätty.")
        await self.follows(UNIT_REPORT, within=self.main)

    async def submits(self, count: int, *, late_reason: str | None = None) -> None:
        """Submit all that is ready."""
        if late_reason is not None:
            await self.types("Miksi se on myöhässä?", late_reason)
        await self.presses("Lähetä valitut hyväksyttäviksi", f"Lähetetty: {count}.")

    async def starts_correction(self, title: str, reason: str) -> None:
        """Begin to correct an item that was delivered and is open again, then go to the unit's report."""
        await self.menu("Omat tehtävät")
        await self.follows("Aloita korjaus", within=await self.row("Aloita korjaus", title))
        await self.types("Miksi tieto korjataan?", reason)
        await self.presses("Aloita korjaus", "Korjaus on aloitettu.")

    async def reports_action(self, title: str, words: str) -> None:
        """Say that the corrective action of a deviation was carried out."""
        await self.menu("Omat tehtävät")
        await self.follows(ACTION, within=self.main.get_by_role("rowheader"))
        # Of several the task leads to their list.
        if not await self.page.get_by_role("heading", level=1, name=title).count():
            await self.follows(title)
        await self.follows(ACTION)
        await self.types("Mitä tehtiin?", words)
        await self.presses(ACTION, "on ilmoitettu tehdyksi")

    async def _begins(self, title: str) -> None:
        """Open the form of an item that the unit's report lists."""
        listed = self.main.get_by_role("region", name=re.compile("^(Raportoitavana|Valmiina lähetettäväksi)$"))
        row = listed.get_by_role("row").filter(has_text=title)
        await self.follows(re.compile("^(Raportoi|Täydennä|Muuta)"), within=row)

    async def _explains(self, deviation: Deviation | None) -> None:
        if deviation is None:
            return
        await self.types("Syy", deviation.cause)
        await self.types("Riski", deviation.risk)
        await self.types("Korjaava toimenpide", deviation.action)
        await self.types("Mihin mennessä", deviation.due)

    async def _saves(self) -> None:
        await self.presses("Tallenna raportti", "Raportti on tallennettu luonnoksena.")


class Director(Person):
    """Who decides on what a unit submitted, also for another director."""

    async def opens_submission(self, unit: str) -> None:
        """From the queue to what a unit submitted."""
        await self.menu("Päätettävät")
        await self.follows(unit)

    async def signs_off_all(self, count: int) -> None:
        """Sign off all that is shown."""
        if count > 1:
            await self.follows("Merkitse kaikki hyväksyttäviksi")
        else:
            await self.chooses("Päätöksesi", "Hyväksy")
        await self.presses("Kirjaa päätökset", f"Hyväksytty: {count}.")

    async def signs_off_but_returns(self, count: int, title: str, reason: str) -> None:
        """Sign off all but one item, which is returned with the reason."""
        await self.follows("Merkitse kaikki hyväksyttäviksi")
        item = self.main.get_by_role("region", name=title)
        await self.chooses("Päätöksesi", "Palauta yksikölle", within=item)
        await item.get_by_role("textbox", name="Miksi se palautetaan?").fill(reason)
        told = await self.presses("Kirjaa päätökset", "Palautettu yksikölle: 1.")
        assert f"Hyväksytty: {count - 1}." in told

    async def closes_deviation(self, title: str) -> None:
        """Close a deviation, whose action was carried out, or whose light is green by now."""
        await self.menu("Päätettävät")
        await self.follows(title)
        await self.follows("Sulje poikkeama")
        await self.presses("Sulje poikkeama", "Poikkeama on suljettu.")

    async def appoints_substitute(self, name: str, first: str, last: str, basis: str) -> None:
        """Say who decides in one's stead while one is away."""
        await self.menu("Sijaiset")
        await self.picks("Sijainen", name)
        await self.types("Ensimmäinen päivä", first)
        await self.types("Viimeinen päivä", last)
        await self.types("Peruste", basis)
        await self.presses("Määrää sijainen", "Sijainen on määrätty.")
