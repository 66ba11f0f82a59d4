"""Known then or now, valid then or now: each of the four is a question of its own (cases 5, 6, 7, 8, 17, 21)."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

from bench.loading import load
from domain.canonical import canonical
from domain.events.organisation import Grant, Handover
from domain.events.rrf import RrfKind
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import proposal_digest
from domain.roles import ConfirmRole, ProposeRole
from domain.rrf import RecordMeasure
from domain.rrf_link import LinkItemToMeasure
from domain.staffing import CloseAccount, RenameUnit
from domain.substitution import AppointSubstitute, EndSubstitution
from domain.succession import ReassignItem, SucceedUnit
from domain.values import LAST_DAY, Date, PersonId, Role, SubjectId, Words
from projections import board
from projections.deadlines import deadlines
from projections.summary import summary
from projections.table import digest
from projections.validity import on_day
from readmodels.story import tell, the_agreement_is_signed, the_half_year_opens
from readmodels.test_board import lights
from readmodels.test_replay import log_of
from readmodels.town import HALF, LEDGER, NORTH, SOUTH, VERSION, WEST, Town, title
from services.local import PostgresUrls
from services.opening import Opened
from services.readmodels import ReadModels

EARLIER, LATER = Date("2024-12-31"), Date("2025-01-01")
Ask: TypeAlias = Callable[[int, Date], Awaitable[Any]]

STANDING_IN = AppointSubstitute(
    substitution="dirk-for-dora",
    principal=PersonId("dora"),
    substitute=PersonId("dirk"),
    roles=(Role.DIRECTOR,),
    unit=NORTH,
    valid_from=Date("2023-11-01"),
    valid_to=Date("2025-06-30"),
    basis=Words("Rules of procedure"),
)


async def four(ask: Ask, known: tuple[int, int], valid: tuple[Date, Date] = (EARLIER, LATER)) -> list[list[Any]]:
    """A line for what was known then and one for what is known now, in each what is valid earlier and later."""
    return [[await ask(at, day) for day in valid] for at in known]


async def head(town: Town) -> int:
    return await town.handler.store.head(LEDGER)


def holders(models: ReadModels, role: Role, unit: str | None = None) -> Ask:
    """Who holds a role, each with whom they act for."""

    async def ask(known_at: int, valid_at: Date) -> set[tuple[str, str | None]]:
        found = (await models.roles(LEDGER, valid_at, known_at=known_at)).value
        return {
            (each["person"], each["for"]) for each in found["roles"] if (each["role"], each["unit"]) == (role, unit)
        }

    return ask


def unit(town: Town, models: ReadModels, name: str) -> Ask:
    """What a unit is called, and which one has its tasks."""

    async def ask(known_at: int, valid_at: Date) -> tuple[str, str | None]:
        found = (await models.roles(LEDGER, valid_at, known_at=known_at)).value
        [shown] = [each for each in found["units"] if each["unit"] == name]
        opened = (await Opened.of_rows(town.handler.store, LEDGER, [shown])).row(shown, "en")
        return opened["name"], opened["successor"]

    return ask


def light(models: ReadModels, subject: str, cell: str) -> Ask:
    """A cell of a subject's light in the half-year round."""

    async def ask(known_at: int, valid_at: Date) -> Any:
        found = await models.board(LEDGER, 2024, known_at=known_at, valid_at=valid_at)
        return lights(summary(found.value, 2024, "half-year"))[subject][cell]

    return ask


async def grant(town: Town, proposal: str, given: Grant) -> None:
    await town.do("anna", ProposeRole(proposal=proposal, grant=given))
    proposed, _ = (await town.state(ORGANISATION)).proposed[proposal]
    await town.do("bert", ConfirmRole(proposal=proposal, digest=proposal_digest(proposed)))


async def test_a_role_from_a_future_day_is_held_from_that_day_on_once_it_is_known(
    town: Town, models: ReadModels
) -> None:
    await town.open()
    given = Grant(person=PersonId("otto"), role=Role.OWNER, unit=WEST, valid_from=LATER, valid_to=None)
    before = await head(town)
    await grant(town, "otto-west", given)
    after = await head(town)

    assert await four(holders(models, Role.OWNER, WEST), (before, after)) == [[set(), set()], [set(), {("otto", None)}]]

    await town.on("2025-02-01")
    await grant(town, "otto-west-ends", replace(given, valid_to=Date("2025-03-31")))
    days = (Date("2025-03-31"), Date("2025-04-01"))

    held = {("otto", None)}
    assert await four(holders(models, Role.OWNER, WEST), (after, await head(town)), days) == [
        [held, held],
        [held, set()],
    ]


async def test_a_substitution_holds_on_its_days_and_no_longer_than_it_was_ended(town: Town, models: ReadModels) -> None:
    await town.open()
    before = await head(town)
    await town.do("dora", replace(STANDING_IN, valid_from=LATER))
    after = await head(town)
    own, both = {("dora", None)}, {("dora", None), ("dirk", "dora")}

    assert await four(holders(models, Role.DIRECTOR, NORTH), (before, after)) == [[own, own], [own, both]]

    await town.on("2025-02-01")
    await town.do("dora", EndSubstitution(substitution="dirk-for-dora", valid_to=Date("2025-02-28")))
    days = (Date("2025-02-28"), Date("2025-03-01"))
    ended = await four(holders(models, Role.DIRECTOR, NORTH), (after, await head(town)), days)

    assert ended == [[both, both], [both, own]]
    [lent] = [
        each for each in (await models.roles(LEDGER, days[0])).value["roles"] if each["substitution"] == "dirk-for-dora"
    ]
    assert (lent["valid_from"], lent["valid_to"]) == ("2025-01-01", "2025-02-28")
    shown = (await Opened.of_rows(town.handler.store, LEDGER, [lent])).row(lent)
    assert (shown["name"], shown["basis"]) == ("Dirk", "Rules of procedure")


async def test_who_leaves_holds_nothing_from_that_day_on(town: Town, models: ReadModels) -> None:
    await town.open()
    await town.do("dora", STANDING_IN)
    before = await head(town)
    for name in ("hanna", "dirk"):
        await town.do("anna", CloseAccount(person=PersonId(name), valid_from=LATER))
    known = (before, await head(town))

    held, own, both = {("hanna", None)}, {("dora", None)}, {("dora", None), ("dirk", "dora")}
    assert await four(holders(models, Role.HEAD), known) == [[held, held], [held, set()]]
    assert await four(holders(models, Role.DIRECTOR, NORTH), known) == [[both, both], [both, own]]


async def test_a_unit_has_its_new_name_and_its_successor_from_their_day_on(town: Town, models: ReadModels) -> None:
    await town.open()
    before = await head(town)
    await town.do("anna", RenameUnit(unit=WEST, name=title("Far west"), valid_from=LATER))
    renamed = await head(town)
    succeeded = SucceedUnit(unit=WEST, successor=SOUTH, handover=Handover.MOVES, valid_from=Date("2025-07-01"))
    await town.do("anna", succeeded)
    ask = unit(town, models, WEST)

    was, named = ("west (en)", None), ("Far west (en)", None)
    assert await four(ask, (before, renamed)) == [[was, was], [was, named]]
    days = (Date("2025-06-30"), Date("2025-07-01"))
    assert await four(ask, (renamed, await head(town)), days) == [[named, named], [named, ("Far west (en)", "south")]]
    registered = Date("2023-10-31")
    assert (await models.roles(LEDGER, registered)).value["units"] == []


async def test_a_version_is_in_force_from_the_day_of_its_last_signature_on(town: Town, models: ReadModels) -> None:
    await tell(town, the_agreement_is_signed)
    [signed] = [row for row in await log_of(town) if row.type == "agreement-in-force"]

    async def parts(known_at: int, valid_at: Date) -> tuple[int, int]:
        found = await models.board(LEDGER, 2024, known_at=known_at, valid_at=valid_at)
        bound = (await models.roles(LEDGER, valid_at, known_at=known_at)).value["versions"]
        assert bound in ([], [{"version": VERSION, "binding_year": 2024}])
        return len(summary(found.value, 2024, "annual")["parts"]), len(bound)

    days = (Date("2023-10-31"), Date("2023-11-01"))
    found = await four(parts, (signed.position - 1, signed.position), days)

    assert found == [[(0, 0), (0, 0)], [(0, 0), (1, 1)]]


async def test_an_item_is_another_units_from_the_day_on_of_which_it_was_reassigned(
    town: Town, models: ReadModels
) -> None:
    await tell(town, the_half_year_opens)
    before, now = await head(town), await town.handler.now(LEDGER)
    command = ReassignItem(round=HALF, subject=SubjectId("m-1"), to_unit=WEST, valid_from=Date("2024-07-01"))
    await town.do("anna", command)
    known, days = (before, await head(town)), (Date("2024-06-30"), Date("2024-07-01"))

    async def owing(known_at: int, valid_at: Date) -> dict[str, int]:
        found = await models.deadlines(LEDGER, 2024, now, known_at=known_at, valid_at=valid_at)
        return {each["unit"]: each["outstanding"] for each in found.value if each["kind"] == "unit"}

    async def orphaned(known_at: int, valid_at: Date) -> list[str]:
        found = await models.unattended(LEDGER, now, known_at=known_at, valid_at=valid_at)
        return [subject for each in found.value for subject in each["subjects"]]

    async def waits(known_at: int, valid_at: Date) -> list[str]:
        found = await models.inbox(LEDGER, PersonId("otto"), now, known_at=known_at, valid_at=valid_at)
        return [subject for each in found.value if each["unit"] == "west" for subject in each["subjects"]]

    north, both = {"north": 3, "south": 3}, {"north": 2, "south": 3, "west": 1}
    assert await four(light(models, "m-1", "unit"), known, days) == [["north", "north"], ["north", "west"]]
    assert await four(owing, known, days) == [[north, north], [north, both]]
    assert await four(orphaned, known, days) == [[[], []], [[], ["m-1"]]]

    given = Grant(person=PersonId("otto"), role=Role.OWNER, unit=WEST, valid_from=days[1], valid_to=None)
    await grant(town, "otto-west", given)
    held = (known[1], await head(town))

    assert await four(orphaned, held, days) == [[[], ["m-1"]], [[], []]]
    assert await four(waits, held, days) == [[[], []], [[], ["m-1"]]]


async def test_a_subject_counts_for_a_measure_from_the_day_of_its_link_on(town: Town, models: ReadModels) -> None:
    """Case 21: the flag is set in the middle of the round, and applies from the decision."""
    await tell(town, the_half_year_opens)
    await town.on("2024-06-20")
    await town.do("carla", RecordMeasure(measure="digi-1", code="P3C2I1", title=title("Digital"), section=None))
    before = await head(town)
    link = LinkItemToMeasure(
        subject=SubjectId("m-1"), measure="digi-1", kind=RrfKind.MILESTONE, reference=None, basis=Words("Decided so")
    )
    await town.do("carla", link)

    days = (Date("2024-06-19"), Date("2024-06-20"))
    flagged = await four(light(models, "m-1", "rrf"), (before, await head(town)), days)

    assert flagged == [[[], []], [[], ["digi-1"]]]
    assert await light(models, "m-2", "rrf")(await head(town), days[1]) == []


async def test_a_target_is_withdrawn_from_its_day_on_and_until_then_what_it_was(
    town: Town, database: PostgresUrls, models: ReadModels
) -> None:
    """Case 8: out of the denominators from its effective date."""
    await tell(town, the_half_year_opens)
    rows = await log_of(town)
    withdrawn = replace(
        rows[-1],
        position=len(rows) + 1,
        stream=f"item/{HALF}/t-2",
        version=1,
        type="item-withdrawn",
        schema=1,
        body=canonical({"round": HALF, "subject": "t-2", "revision": 1, "version": VERSION, "valid_from": LATER}),
    )
    await load(database, "updated", [*rows, withdrawn])

    async def target(known_at: int, valid_at: Date) -> tuple[str, str, int]:
        found = await models.board("updated", 2024, known_at=known_at, valid_at=valid_at)
        shown = summary(found.value, 2024, "half-year")
        cell = lights(shown)["t-2"]
        return cell["stage"], cell["category"], shown["agency"]["counts"]["targets"]["withdrawn"]

    owed, gone = ("not-started", "missing", 0), ("withdrawn", "withdrawn", 1)
    assert await four(target, (len(rows), len(rows) + 1)) == [[owed, owed], [owed, gone]]
    assert (await models.board("updated", 2024, known_at=len(rows) + 1)).value.of("item")[f"{HALF}/t-2"][
        "withdrawn"
    ] == {"version": VERSION, "valid_from": LATER, "before": "not-started"}


async def test_on_the_last_day_everything_that_is_recorded_holds(town: Town) -> None:
    await tell(town)
    rows = board.fold(await log_of(town))

    later = on_day(rows, LAST_DAY)

    assert digest(later) == digest(rows)
    now = datetime(2025, 6, 10, tzinfo=UTC)
    assert deadlines(later, 2024, now, LAST_DAY) == deadlines(rows, 2024, now)
