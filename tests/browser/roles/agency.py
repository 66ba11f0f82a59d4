"""Those who run the year for the whole agency: coordinator, head, administrators."""

import re

from browser.roles.person import Person

YEAR = "Raportointivuosi"


class Coordinator(Person):
    """Who leads the year from date to date."""

    async def publishes(self, what: str, where: str) -> None:
        """Record that one of the year's three publications was made today."""
        await self.menu(YEAR)
        await self.follows(re.compile(f"^Kirjaa julkaiseminen.*{what}$"))
        await self.types("Missä", where)
        await self.presses("Kirjaa julkaiseminen", "Julkaiseminen on kirjattu.")

    async def extends_deadline(self, round_name: str, unit: str, day: str, reason: str) -> None:
        """Give one unit more time to submit."""
        await self.menu(YEAR)
        await self.follows(f"Pidennä määräaikaa: {round_name}")
        await self.chooses("Mikä määräaika?", "Yksiköt lähettävät")
        await self.picks("Minkä yksikön?", unit)
        await self.types("Uusi määräpäivä", day)
        await self.types("Miksi määräaikaa pidennetään?", reason)
        await self.presses("Pidennä määräaikaa", "Määräaikaa on pidennetty")

    async def compiles(self, round_name: str) -> None:
        """Compile the report, which has no gaps."""
        await self.menu(YEAR)
        await self.follows(f"Kokoa: {round_name}")
        await self.main.get_by_text("Kaikki kohteet on hyväksytty: raportissa ei ole puutteita.").wait_for()
        await self.presses("Kokoa raportti", "Raportti on koottu.")

    async def delivers(self, round_name: str, case_number: str) -> None:
        """Deliver the approved report to the ministry."""
        await self.menu(YEAR)
        await self.follows(f"Toimita: {round_name}")
        await self.types("Asianumero", case_number)
        await self.presses(
            "Toimita ministeriölle", f"Raportti on toimitettu ministeriölle asianumerolla {case_number}."
        )

    async def records_final_accounts(self, approved_on: str) -> str:
        """Record that the final accounts were approved; until when the report is to be delivered."""
        await self.menu(YEAR)
        await self.follows("Kirjaa tilinpäätöksen hyväksyminen")
        await self.types("Hyväksytty", approved_on)
        await self.attaches("Hyväksymisasiakirja", "tilinpaatos.pdf")
        return await self.presses("Kirjaa hyväksyminen", "Kirjattu.")

    async def opens_supplement(self, round_name: str, unit: str, title: str, until: str, reason: str) -> None:
        """Open an item again that was delivered."""
        await self.menu(YEAR)
        await self.follows(f"Avaa täydennys: {round_name}")
        await self.types("Toimitettava uudelleen viimeistään", until)
        await self.types("Perustelu", reason)
        await self.opens(unit)
        await self.ticks(title)
        await self.presses("Avaa täydennys", "Täydennys on avattu.")


class Head(Person):
    """The head of the agency."""

    async def returns_report(self, round_name: str, reason: str) -> None:
        """Send the compiled report back."""
        await self._opens_report(round_name)
        await self.opens("Palauta raportti koordinoijalle")
        await self.types("Miksi se palautetaan?", reason)
        await self.presses("Palauta raportti", "Raportti on palautettu koordinoijalle.")

    async def approves_report(self, round_name: str) -> None:
        """Approve the report as it is shown."""
        await self._opens_report(round_name)
        await self.presses("Hyväksy raportti", "Raportti on hyväksytty.")

    async def responds(self, words: str) -> None:
        """Answer the ministry's statement."""
        await self.menu("Päätettävät")
        await self.follows("Vastine ministeriön tilinpäätöskannanottoon")
        await self.types("Vastine sanallisesti", words)
        await self.presses("Liitä vastine", "Vastine on liitetty kannanottoon.")

    async def engages_auditor(self, name: str, audited: tuple[str, str], until: str, basis: str) -> None:
        """Open an engagement, in which an auditor may look at everything until a day."""
        await self.menu("Tarkastus")
        await self.follows("Avaa toimeksianto")
        await self.types("Tunniste", "tarkastus-1")
        await self.picks("Tarkastava taho", "sisäinen tarkastus")
        await self.ticks(name)
        period = self.main.get_by_role("group", name="Tarkastettava aika")
        await period.get_by_label("Ensimmäinen päivä").fill(audited[0])
        await period.get_by_label("Viimeinen päivä").fill(audited[1])
        looking = self.main.get_by_role("group", name="Tarkastajat voivat katsoa")
        await looking.get_by_label("Viimeinen päivä").fill(until)
        await self.types("Peruste", basis)
        await self.presses("Avaa toimeksianto", "Toimeksianto on avattu.")

    async def _opens_report(self, round_name: str) -> None:
        await self.menu("Päätettävät")
        await self.follows(f"Hyväksy viraston raportti: {round_name}")


class Administrator(Person):
    """Who keeps people and their roles."""

    async def registers(self, name: str, account: str) -> None:
        """Register somebody, whom the identity provider knows already."""
        await self.menu("Organisaatio")
        await self.follows("Rekisteröi henkilö")
        await self.types("Nimi", name)
        await self.types("Sähköpostiosoite", f"{account}@keha.example")
        await self.types("Tili", account)
        await self.presses("Rekisteröi henkilö", "Henkilö on rekisteröity.")

    async def proposes_role(self, role: str, unit: str) -> None:
        """Propose a role for the person whose page this is."""
        await self.follows("Ehdota roolia")
        await self.picks("Rooli", role)
        await self.picks("Yksikkö", unit)
        await self.presses("Ehdota roolia", "Roolia on ehdotettu.")

    async def confirms_role(self, name: str) -> None:
        """Confirm what another administrator proposed for somebody."""
        await self.menu("Organisaatio")
        await self.follows(f"{name}: ")
        await self.presses("Vahvista", "Ehdotus on vahvistettu.")

    async def closes_account(self, name: str) -> None:
        """Close the account of somebody who leaves, from today."""
        await self.menu("Organisaatio")
        await self.follows(name)
        await self.follows("Sulje tili")
        await self.presses("Sulje tili", "Tili suljetaan")

    async def reviews_roles(self, *names: str) -> None:
        """Read the list of who may do what, which is the review of the year."""
        await self.menu("Organisaatio")
        await self.follows("Roolit")
        await self.follows("Roolien vuositarkastus")
        for name in names:
            await self.main.get_by_role("row").filter(has_text=name).first.wait_for()
