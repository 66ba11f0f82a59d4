"""The first half of the year: who is at work, what the units report by August, and its delivery."""

from dataclasses import replace

from browser.acts.content import (
    DIGITAL,
    EXPERIENCE,
    HALF_YEAR,
    INFRASTRUCTURE,
    LEADERSHIP,
    PAYMENTS,
    PEOPLE,
    PLATFORMS,
    PROCESSING_TIME,
    RECRUITMENT,
    TRAINING,
)
from browser.roles.agency import Administrator, Coordinator, Head
from browser.roles.beginning import NEWCOMER, NEWCOMER_NAME
from browser.roles.cast import Cast
from browser.roles.person import GREEN, YELLOW
from browser.roles.unit import Deviation, Director, Owner, Proof

SURVEY_MOVED = Deviation(
    cause="Kysely siirtyi syksyyn.",
    risk="Tulokset eivät ehdi vuoden 2025 suunnitteluun.",
    action="Kysely tehdään lokakuussa.",
    due="2024-11-30",
)
BACKLOG = Deviation(
    cause="Hakemuksia tuli ennakoitua enemmän.",
    risk="Käsittelyaika pitenee loppuvuonna.",
    action="Kaksi henkilöä siirtyy maksatukseen.",
    due="2024-10-31",
)


async def the_year_begins(cast: Cast) -> None:
    """In January the agreement is published; in a unit somebody leaves, and somebody comes; roles are reviewed."""
    tuula = await cast.plays(Coordinator, "tuula-kanerva")
    await tuula.steps("Seuraava vaihe", to="1.1.2024")
    await tuula.publishes("Tulossopimus", "https://www.tutkihallintoa.fi/keha/sopimus")

    aino = await cast.plays(Administrator, "aino-lehtonen")
    otto = await cast.plays(Administrator, "otto-rinne")
    await aino.registers(NEWCOMER_NAME, NEWCOMER)
    await aino.proposes_role("yksikön vastuuhenkilö", PAYMENTS)
    await otto.confirms_role(NEWCOMER_NAME)
    await otto.closes_account("Hanna Oja")
    await otto.reviews_roles(NEWCOMER_NAME, "Tuula Kanerva")


async def the_units_report(cast: Cast) -> None:
    """One unit in time, one after a return, one late; a substitute decides for a director who is away."""
    tuula = await cast.plays(Coordinator, "tuula-kanerva")
    await tuula.steps("Seuraava vaihe", to="1.6.2024")
    await tuula.extends_deadline(HALF_YEAR, PAYMENTS, "2024-08-16", "Tietojärjestelmä oli viikon poissa käytöstä.")

    maria = await cast.plays(Owner, "maria-backman")
    await maria.opens_report(HALF_YEAR)
    await maria.proceeds_as_planned(TRAINING)
    await maria.reports_milestone(EXPERIENCE, "kesken", YELLOW, deviation=SURVEY_MOVED)
    await maria.reports_target(LEADERSHIP, YELLOW, SURVEY_MOVED)
    await maria.submits(3)

    mikko = await cast.plays(Owner, "mikko-salo")
    await mikko.opens_report(HALF_YEAR)
    await mikko.reports_milestone(
        INFRASTRUCTURE, "saavutettu", proof=Proof(title="Käyttöönottopöytäkirja", dated="2024-05-20")
    )
    await mikko.proceeds_as_planned(RECRUITMENT)
    await mikko.reports_target(PLATFORMS, GREEN)
    await mikko.submits(3)

    riitta = await cast.plays(Director, "riitta-valo")
    await riitta.appoints_substitute("Antti Kuusela", "2024-06-01", "2024-08-31", "Työjärjestys; vuosiloma.")
    antti = await cast.plays(Director, "antti-kuusela")
    await antti.opens_submission(PEOPLE)
    await antti.signs_off_but_returns(3, LEADERSHIP, "Kerro, mitä siirtyminen tarkoittaa esihenkilöille.")
    await antti.opens_submission(DIGITAL)
    await antti.signs_off_all(3)

    await maria.steps("Seuraava määräaika", to="15.8.2024")
    await maria.opens_report(HALF_YEAR)
    mended = replace(SURVEY_MOVED, cause="Kysely siirtyi syksyyn, joten esihenkilöt saavat tulokset vasta talvella.")
    await maria.reports_target(LEADERSHIP, YELLOW, mended)
    await maria.submits(1)
    await antti.opens_submission(PEOPLE)
    await antti.signs_off_all(1)

    veera = await cast.plays(Owner, NEWCOMER)
    await veera.waits_until("2024-08-19")
    await veera.opens_report(HALF_YEAR)
    await veera.reports_indicator(PROCESSING_TIME, "29,4", YELLOW, deviation=BACKLOG)
    await veera.submits(1, late_reason="Luvut saatiin järjestelmästä vasta 19.8.")
    anne = await cast.plays(Director, "anne-tammi")
    await anne.opens_submission(PAYMENTS)
    await anne.signs_off_all(1)


async def the_report_is_delivered(cast: Cast) -> None:
    """The head returns the report once, then approves it; the coordinator delivers it in time."""
    tuula = await cast.plays(Coordinator, "tuula-kanerva")
    marja = await cast.plays(Head, "marja-ylitalo")
    await tuula.compiles(HALF_YEAR)
    await marja.returns_report(HALF_YEAR, "Johtoryhmä käsittelee raportin ensin.")
    await tuula.steps("Seuraava määräaika", to="28.8.2024")
    await tuula.compiles(HALF_YEAR)
    await marja.approves_report(HALF_YEAR)
    await tuula.delivers(HALF_YEAR, "KEHA/1200/2024")
