"""The annual report: written in January, delivered within a week of the final accounts, corrected in spring."""

from browser.acts.content import (
    ANNUAL,
    DIGITAL,
    EXPERIENCE,
    INFRASTRUCTURE,
    LEADERSHIP,
    PAYMENTS,
    PEOPLE,
    PLATFORMS,
    PROCESSING_TIME,
    RECRUITMENT,
    SATISFACTION,
    TRAINING,
)
from browser.roles.agency import Coordinator, Head
from browser.roles.beginning import NEWCOMER
from browser.roles.cast import Cast
from browser.roles.person import GREEN, YELLOW
from browser.roles.unit import Deviation, Director, Owner, Proof

PUBLISHED = "https://www.tutkihallintoa.fi/keha/tilinpaatostiedot"
CASE = "KEHA/0311/2025"
ANSWERS_LATE = Deviation(
    cause="Vain kaksi kolmesta yksiköstä vastasi kyselyyn.",
    risk="Johtamisen muutos jää osin mittaamatta.",
    action="Kysely toistetaan keväällä.",
    due="2025-05-31",
)


async def the_units_report(cast: Cast) -> None:
    """In January each unit reports, with a document for each milestone that is reached; the directors sign off."""
    tuula = await cast.plays(Coordinator, "tuula-kanerva")
    await tuula.steps("Seuraava vaihe", to="27.9.2024")
    await tuula.steps("Seuraava vaihe", to="1.1.2025")

    maria = await cast.plays(Owner, "maria-backman")
    await maria.opens_report(ANNUAL)
    await maria.reports_milestone(TRAINING, "saavutettu", proof=Proof(title="Koulutusrekisteri", dated="2024-12-10"))
    await maria.reports_milestone(EXPERIENCE, "osittain saavutettu", YELLOW, deviation=ANSWERS_LATE)
    await maria.reports_indicator(SATISFACTION, "3,84", finality="Lopullinen")
    await maria.reports_target(LEADERSHIP, YELLOW, ANSWERS_LATE)
    await maria.submits(4)

    mikko = await cast.plays(Owner, "mikko-salo")
    await mikko.opens_report(ANNUAL)
    for milestone in (INFRASTRUCTURE, RECRUITMENT):
        proof = Proof(title="Käyttöönottopöytäkirja", dated="2024-12-12")
        await mikko.reports_milestone(milestone, "saavutettu", proof=proof)
    await mikko.reports_target(PLATFORMS, GREEN)
    await mikko.submits(3)

    veera = await cast.plays(Owner, NEWCOMER)
    await veera.opens_report(ANNUAL)
    why = "Joulukuun luvut vahvistuvat huhtikuussa."
    await veera.reports_indicator(PROCESSING_TIME, "26,9", finality="Alustava", reason=why)
    await veera.submits(1)

    for account, unit, count in (
        ("riitta-valo", PEOPLE, 4),
        ("antti-kuusela", DIGITAL, 3),
        ("anne-tammi", PAYMENTS, 1),
    ):
        director = await cast.plays(Director, account)
        await director.opens_submission(unit)
        await director.signs_off_all(count)


async def the_report_is_delivered(cast: Cast) -> None:
    """The final accounts are approved on 12 March; the report is delivered within the week, and published."""
    tuula = await cast.plays(Coordinator, "tuula-kanerva")
    marja = await cast.plays(Head, "marja-ylitalo")
    await tuula.compiles(ANNUAL)
    await marja.approves_report(ANNUAL)
    await marja.waits_until("2025-03-13")
    assert "19.3.2025" in await tuula.records_final_accounts("2025-03-12")
    await tuula.delivers(ANNUAL, CASE)
    await tuula.publishes("Tilinpäätöstiedot", PUBLISHED)


async def an_outturn_is_corrected(cast: Cast) -> None:
    """In April the provisional outturn became final: a supplement opens it, and it is delivered again."""
    tuula = await cast.plays(Coordinator, "tuula-kanerva")
    veera = await cast.plays(Owner, NEWCOMER)
    anne = await cast.plays(Director, "anne-tammi")
    await tuula.waits_until("2025-04-22")
    await tuula.opens_supplement(ANNUAL, PAYMENTS, PROCESSING_TIME, "2025-05-09", "Joulukuun luvut vahvistuivat.")
    await veera.starts_correction(PROCESSING_TIME, "Lopullinen luku on 27,2 päivää.")
    await veera.opens_report(ANNUAL)
    await veera.reports_indicator(PROCESSING_TIME, "27,2", finality="Lopullinen")
    await veera.submits(1)
    await anne.opens_submission(PAYMENTS)
    await anne.signs_off_all(1)
    await it_is_delivered_again(cast)


async def it_is_delivered_again(cast: Cast) -> None:
    """What was opened again is compiled, approved and delivered with all the rest."""
    tuula = await cast.plays(Coordinator, "tuula-kanerva")
    marja = await cast.plays(Head, "marja-ylitalo")
    await tuula.compiles(ANNUAL)
    await marja.approves_report(ANNUAL)
    await tuula.delivers(ANNUAL, CASE)
    await tuula.publishes("Tilinpäätöstiedot", PUBLISHED)
