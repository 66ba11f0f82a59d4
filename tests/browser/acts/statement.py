"""The ministry's part: an item returned in May, lights and the statement in June; then the year closes."""

from dataclasses import replace

from browser.acts.annual import ANSWERS_LATE, it_is_delivered_again
from browser.acts.content import ANNUAL, EXPERIENCE, LEADERSHIP, PEOPLE, PLATFORMS, PROCESSING_TIME, SATISFACTION
from browser.roles.agency import Coordinator, Head
from browser.roles.cast import Cast
from browser.roles.ministry import Assessor, Decider
from browser.roles.person import GREEN, RED, YELLOW
from browser.roles.unit import Director, Owner


async def an_item_is_returned(cast: Cast) -> None:
    """The ministry returns a target; its unit mends it, and it is delivered again."""
    johanna = await cast.plays(Assessor, "johanna-tem")
    await johanna.waits_until("2025-05-05")
    await johanna.returns(LEADERSHIP, "Milloin kysely toistetaan ja kuka siitä vastaa?", "2025-05-23")

    maria = await cast.plays(Owner, "maria-backman")
    riitta = await cast.plays(Director, "riitta-valo")
    await maria.opens_report(ANNUAL)
    mended = replace(ANSWERS_LATE, action="Henkilöstöpäällikkö toistaa kyselyn toukokuun lopussa.")
    await maria.reports_target(LEADERSHIP, YELLOW, mended)
    await maria.submits(1)
    await riitta.opens_submission(PEOPLE)
    await riitta.signs_off_all(1)
    await it_is_delivered_again(cast)


async def deviations_are_closed(cast: Cast) -> None:
    """What was to be done about yellow lights is done by the end of May; one light has become green."""
    maria = await cast.plays(Owner, "maria-backman")
    riitta = await cast.plays(Director, "riitta-valo")
    anne = await cast.plays(Director, "anne-tammi")
    for title in (EXPERIENCE, LEADERSHIP):
        await maria.reports_action(title, "Kysely toistettiin 12.5.; kaikki yksiköt vastasivat.")
        await riitta.closes_deviation(title)
    await anne.closes_deviation(PROCESSING_TIME)


async def the_ministry_assesses(cast: Cast) -> None:
    """In June each target and indicator gets its light, one of them another than the agency's; then the statement."""
    johanna = await cast.plays(Assessor, "johanna-tem")
    await johanna.waits_until("2025-06-05")
    await johanna.assesses(PLATFORMS, GREEN)
    await johanna.assesses(LEADERSHIP, RED, "Kolmannes henkilöstöstä jäi kyselyn ulkopuolelle.")
    await johanna.assesses(PROCESSING_TIME, GREEN)
    await johanna.assesses(SATISFACTION, GREEN)
    henrik = await cast.plays(Decider, "henrik-tem")
    await henrik.steps("Seuraava päivä", to="6.6.2025")
    await henrik.issues_statement("Vuoden 2024 tulos on hyvä. Henkilöstökokemuksen mittaaminen on saatava kuntoon.")


async def the_year_closes(cast: Cast) -> None:
    """The statement is published, the head responds, and the calendar closes the year."""
    tuula = await cast.plays(Coordinator, "tuula-kanerva")
    marja = await cast.plays(Head, "marja-ylitalo")
    await tuula.publishes("Ministeriön kannanotto", "https://tem.fi/tilinpaatoskannanotot/keha-2024")
    await marja.responds("Virasto toistaa kyselyn syksyllä kaikissa yksiköissä.")
    await marja.steps("Seuraava vaihe", to="20.6.2025")
