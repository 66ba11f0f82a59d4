"""What waits for whom, chapter by chapter, and by when."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.agency_report import ApproveAgencyReport, CompileAgencyReport, ReturnAgencyReport
from domain.assessment import OpenAssessment
from domain.deviation import ReportAction
from domain.events.round import Gap
from domain.item import FOLD as ITEM
from domain.round import FOLD as ROUND
from domain.round_steps import EscalateStep, PassDeadline
from domain.staffing import CloseAccount, RegisterPerson
from domain.substitution import AppointSubstitute
from domain.values import SYSTEM, Date, DeadlineKind, PersonId, Role, SubjectId, Words
from domain.withdrawal import WithdrawItems
from readmodels.story import (
    a_milestone_changes_under_its_target,
    a_milestone_is_reached_late,
    signed,
    submit,
    tell,
    the_agreement_is_signed,
    the_annual_report_is_delivered,
    the_annual_round_opens,
    the_correction_is_delivered,
    the_half_year_is_delivered,
    the_half_year_opens,
    the_ministry_assesses,
    the_ministry_returns_a_target,
    the_units_report,
    they_submit_and_one_is_returned,
    what_was_delivered_is_corrected,
)
from readmodels.town import ANNUAL, HALF, LEDGER, NORTH, SOUTH, WEST, Town, agreement, person, update
from services.eventstore import catch_up
from services.eventstore.connections import Pool
from services.readmodels import SUBSCRIPTION, ReadModels


async def inbox(town: Town, models: ReadModels, pool: Pool, name: str) -> list[tuple[Any, ...]]:
    """(what, subjects or reference, due, for) of each task of a person, without the publications."""
    await catch_up(pool, SUBSCRIPTION, LEDGER)
    found = await models.inbox(LEDGER, PersonId(name), await town.handler.now(LEDGER))
    return [
        (each["what"], each["subjects"] or each["reference"], each["due"], each["for"])
        for each in found.value
        if each["what"] not in ("publish", "report-action")
    ]


async def test_holders_of_slots_are_to_sign(town: Town, models: ReadModels, pool: Pool) -> None:
    await town.open()
    await town.do("carla", agreement())
    assert await inbox(town, models, pool, "carla") == [("send-for-signature", "town-2024-2027.1", None, None)]

    await the_agreement_is_signed(town)

    assert await inbox(town, models, pool, "pia") == []


async def test_owners_are_to_report_and_then_to_submit(town: Town, models: ReadModels, pool: Pool) -> None:
    await tell(town, the_half_year_opens)
    due = "2024-08-15"
    assert await inbox(town, models, pool, "olga") == [("report", ["m-1", "m-2", "t-1"], due, None)]
    assert await inbox(town, models, pool, "dora") == []

    await the_units_report(town)

    assert (
        await inbox(town, models, pool, "olga")
        == [
            ("submit", ["m-1", "m-2", "t-1"], due, None),
            ("action", ["m-2"], "2024-12-31", None),
        ][:1]
    )


async def test_directors_are_to_sign_off_and_owners_see_what_was_returned(
    town: Town, models: ReadModels, pool: Pool
) -> None:
    await tell(town, they_submit_and_one_is_returned)

    assert await inbox(town, models, pool, "dora") == [("sign-off", ["m-1", "t-1"], "2024-08-22", None)]
    assert await inbox(town, models, pool, "olga") == [("returned", ["m-2"], "2024-08-15", None)]
    assert await inbox(town, models, pool, "otto") == [("submit", ["i-1", "m-3", "t-2"], "2024-08-20", None)]


async def test_a_stale_target_is_to_be_reported_again(town: Town, models: ReadModels, pool: Pool) -> None:
    await tell(town, a_milestone_changes_under_its_target)

    assert await inbox(town, models, pool, "olga") == [
        ("report-again", ["t-1"], "2024-08-15", None),
        ("action", ["m-2", "t-1"], "2024-12-31", None),
    ]


async def test_nobody_is_asked_to_sign_what_they_prepared(town: Town, models: ReadModels, pool: Pool) -> None:
    """R15: the owner is made a director, too; what she submitted waits for the other one only."""
    await tell(town, the_units_report)
    await town.grant("olga", Role.DIRECTOR, NORTH, "2024-06-01")
    await submit(town, HALF, "m-1")

    assert ("sign-off", ["m-1"], "2024-08-22", None) in await inbox(town, models, pool, "dora")
    assert "sign-off" not in [what for what, *_ in await inbox(town, models, pool, "olga")]


async def test_what_the_director_left_comes_to_the_head(town: Town, models: ReadModels, pool: Pool) -> None:
    await tell(town, they_submit_and_one_is_returned)
    await town.on("2024-08-26")
    assert await inbox(town, models, pool, "hanna") == []

    await town.do(SYSTEM, EscalateStep(round=HALF, unit=NORTH))

    assert await inbox(town, models, pool, "hanna") == [("sign-off-escalated", ["m-1", "t-1"], "2024-08-22", None)]


async def test_a_substitute_sees_what_waits_for_the_principal_while_it_lasts(
    town: Town, models: ReadModels, pool: Pool
) -> None:
    await tell(town, the_half_year_opens)
    away = AppointSubstitute(
        substitution="olga-away",
        principal=PersonId("olga"),
        substitute=PersonId("otto"),
        roles=(Role.OWNER,),
        unit=NORTH,
        valid_from=Date("2024-07-01"),
        valid_to=Date("2024-07-31"),
        basis=Words("Leave"),
    )
    await town.do("olga", away)
    lent = ("report", ["m-1", "m-2", "t-1"], "2024-08-15", "olga")
    assert lent not in await inbox(town, models, pool, "otto")

    await town.on("2024-07-02")
    assert lent in await inbox(town, models, pool, "otto")

    await town.on("2024-08-01")
    assert lent not in await inbox(town, models, pool, "otto")


async def test_the_coordinator_opens_corrections_and_owners_start_them(
    town: Town, models: ReadModels, pool: Pool
) -> None:
    await tell(town, what_was_delivered_is_corrected)

    found = await inbox(town, models, pool, "olga")
    # The target rests on revision 1 of its milestone.
    assert ("submit", ["m-2"], "2024-09-20", None) in found
    assert ("report-again", ["t-1"], "2024-09-20", None) in found
    assert ("submit", ["i-1"], "2024-09-20", None) in await inbox(town, models, pool, "otto")


async def test_the_coordinator_records_the_final_accounts_when_the_year_is_over(
    town: Town, models: ReadModels, pool: Pool
) -> None:
    await tell(town, the_half_year_is_delivered)
    assert await inbox(town, models, pool, "carla") == []

    await town.on("2025-01-02")

    # 15.3.2025 is a Saturday; this agreement's policy rolls.
    assert await inbox(town, models, pool, "carla") == [("record-final-accounts", None, "2025-03-17", None)]


async def test_nothing_waits_of_what_an_update_withdrew(town: Town, models: ReadModels, pool: Pool) -> None:
    """Case 8: the assessor's list is what is still agreed; its unit's director may close the deviation."""
    await tell(town, the_ministry_returns_a_target)
    await town.do(SYSTEM, OpenAssessment(year=2024))
    assert ("close-deviation", ["i-1"], None, None) in await inbox(town, models, pool, "dirk")

    await signed(town, update("t-2"))
    await town.do(SYSTEM, WithdrawItems(round=ANNUAL))

    assert await inbox(town, models, pool, "arvo") == [("assess", ["i-1", "t-1"], "2025-06-16", None)]
    assert ("close-deviation", ["i-1", "m-3", "t-2"], None, None) in await inbox(town, models, pool, "dirk")


@pytest.mark.parametrize("is_approved", [False, True])
async def test_a_report_that_an_update_made_outdated_is_to_be_returned_and_neither_approved_nor_delivered(
    town: Town, models: ReadModels, pool: Pool, *, is_approved: bool
) -> None:
    """Case 8."""
    await tell(town, the_half_year_opens)
    gaps = tuple(Gap(subject=each, reason=Words("Open")) for each in (await town.state(ROUND, HALF)).scope)
    await town.do("carla", CompileAgencyReport(round=HALF, gaps=gaps))
    compiled = (await town.state(ROUND, HALF)).compiled
    assert compiled is not None
    assert [each[0] for each in await inbox(town, models, pool, "hanna")] == ["approve-report"]
    if is_approved:
        await town.do("hanna", ApproveAgencyReport(round=HALF, digest=compiled.digest))
        assert "deliver" in {each[0] for each in await inbox(town, models, pool, "carla")}

    await signed(town, update("t-2"))
    await town.do(SYSTEM, WithdrawItems(round=HALF))

    assert [each[0] for each in await inbox(town, models, pool, "hanna")] == ["return-report"]
    assert "deliver" not in {each[0] for each in await inbox(town, models, pool, "carla")}
    await town.do("hanna", ReturnAgencyReport(round=HALF, reason=Words("Updated")))
    await town.do("carla", CompileAgencyReport(round=HALF, gaps=await still_open(town)))
    assert [each[0] for each in await inbox(town, models, pool, "hanna")] == ["approve-report"]


async def still_open(town: Town) -> tuple[Gap, ...]:
    """A gap for each item of the half-year that stands."""
    scope = (await town.state(ROUND, HALF)).scope
    stages = {each: (await town.state(ITEM, HALF, each)).stage for each in scope}
    return tuple(Gap(subject=each, reason=Words("Open")) for each, stage in stages.items() if stage != "withdrawn")


async def test_the_ministry_assesses_then_states_and_the_head_may_respond(
    town: Town, models: ReadModels, pool: Pool
) -> None:
    await tell(town, the_annual_report_is_delivered)
    assert await inbox(town, models, pool, "arvo") == []

    await the_ministry_assesses(town)

    assert await inbox(town, models, pool, "arvo") == []
    assert await inbox(town, models, pool, "pia") == [("issue-statement", None, "2025-06-16", None)]


async def test_the_director_closes_what_the_owner_says_is_done(town: Town, models: ReadModels, pool: Pool) -> None:
    await tell(town, the_annual_round_opens)

    assert ("close-deviation", ["i-1"], None, None) in await inbox(town, models, pool, "dirk")

    for chapter in (the_annual_report_is_delivered, the_ministry_assesses):
        await chapter(town)
    await a_milestone_is_reached_late(town)

    assert "close-deviation" not in [
        what for what, subjects, *_ in await inbox(town, models, pool, "dirk") if "i-1" in subjects
    ]


async def test_who_prepared_an_item_is_not_asked_to_close_its_deviation(
    town: Town, models: ReadModels, pool: Pool
) -> None:
    await tell(town, the_correction_is_delivered)
    vera = person("vera")
    register = RegisterPerson(person=vera.person, name=vera.name, contact=vera.contact, login=vera.login)
    await town.do("anna", register)
    await town.grant("vera", Role.OWNER, SOUTH, "2024-06-01")
    await town.grant("otto", Role.DIRECTOR, SOUTH, "2024-06-01")

    await town.do("vera", ReportAction(year=2024, subject=SubjectId("i-1"), narrative=Words("Hired")))

    assert ("close-deviation", ["i-1"], None, None) in await inbox(town, models, pool, "dirk")
    assert "close-deviation" not in [what for what, *_ in await inbox(town, models, pool, "otto")]


async def test_a_proposed_role_waits_for_another_than_its_proposer_and_its_holder(
    town: Town, models: ReadModels, pool: Pool
) -> None:
    await town.open()
    proposal = await town.propose("carla", Role.OWNER, WEST)

    waiting = [("confirm-role", proposal, None, None)]
    assert await inbox(town, models, pool, "bert") == waiting
    assert await inbox(town, models, pool, "cesar") == waiting
    assert await inbox(town, models, pool, "anna") == []
    assert await inbox(town, models, pool, "carla") == []


async def test_the_open_tasks_of_somebody_who_left_are_listed(town: Town, models: ReadModels, pool: Pool) -> None:
    """Case 7."""
    await tell(town, the_units_report)
    now = await town.handler.now(LEDGER)
    await catch_up(pool, SUBSCRIPTION, LEDGER)
    assert (await models.unattended(LEDGER, now)).value == []

    await town.do("anna", CloseAccount(person=PersonId("olga"), valid_from=Date("2024-06-03")))

    await catch_up(pool, SUBSCRIPTION, LEDGER)
    left = (await models.inbox(LEDGER, PersonId("olga"), now)).value
    assert [(each["what"], each["subjects"], each["left"]) for each in left] == [
        ("submit", ["m-1", "m-2", "t-1"], True)
    ]
    [orphaned] = (await models.unattended(LEDGER, now)).value
    assert (orphaned["what"], orphaned["unit"], orphaned["role"]) == ("submit", "north", "owner")

    register = person("vera")
    await town.do(
        "anna",
        RegisterPerson(person=register.person, name=register.name, contact=register.contact, login=register.login),
    )
    await town.grant("vera", Role.OWNER, NORTH, "2024-06-03")
    await catch_up(pool, SUBSCRIPTION, LEDGER)
    assert (await models.unattended(LEDGER, now)).value == []


async def deadline(town: Town, models: ReadModels, pool: Pool, kind: str, unit: str | None = None) -> dict[str, Any]:
    await catch_up(pool, SUBSCRIPTION, LEDGER)
    found = (await models.deadlines(LEDGER, 2024, await town.handler.now(LEDGER))).value
    [one] = [each for each in found if (each["kind"], each["unit"], each["round"]) == (kind, unit, each["round"])][:1]
    return one


async def test_an_extended_date_keeps_the_old_one_and_moves_no_other(
    town: Town, models: ReadModels, pool: Pool
) -> None:
    await tell(town, they_submit_and_one_is_returned)

    south = await deadline(town, models, pool, "unit", "south")
    assert [(each["date"], each["why"]) for each in south["history"]] == [
        ("2024-08-15", "opened"),
        ("2024-08-20", "extended"),
    ]
    assert (south["state"], south["extended"], south["outstanding"]) == ("open", True, 3)
    north = await deadline(town, models, pool, "unit", "north")
    assert (north["date"], north["extended"]) == ("2024-08-15", False)


async def test_what_was_late_stays_late_and_what_was_in_time_stays_in_time(
    town: Town, models: ReadModels, pool: Pool
) -> None:
    await tell(town, the_half_year_is_delivered)

    states = {
        (kind, unit): (await deadline(town, models, pool, kind, unit))["state"]
        for kind, unit in (
            ("unit", "south"),
            ("unit", "north"),
            ("director", "north"),
            ("head", None),
            ("delivery", None),
        )
    }

    assert states == {
        ("unit", "south"): "met-late",
        ("unit", "north"): "met",
        ("director", "north"): "met",
        ("head", None): "met",
        ("delivery", None): "met",
    }
    await what_was_delivered_is_corrected(town)
    assert (await deadline(town, models, pool, "unit", "north"))["state"] == "met"
    assert (await deadline(town, models, pool, "redelivery"))["state"] == "open"
    await the_correction_is_delivered(town)
    north = await deadline(town, models, pool, "unit", "north")
    assert (north["state"], north["met_at"][:10]) == ("met", "2024-08-12")
    assert (await deadline(town, models, pool, "redelivery"))["state"] == "met"


async def test_the_date_of_a_redelivery_that_passed_unmet_is_its_own_and_not_the_deliverys(
    town: Town, models: ReadModels, pool: Pool
) -> None:
    await tell(town, what_was_delivered_is_corrected)
    await town.on("2024-09-21")
    await town.do(SYSTEM, PassDeadline(round=HALF, kind=DeadlineKind.DELIVERY))

    again, first = [await deadline(town, models, pool, kind) for kind in ("redelivery", "delivery")]

    assert (again["state"], again["passed_at"]) == ("late", "2024-09-21T10:00:00.000000Z")
    assert (first["state"], first["passed_at"]) == ("met", None)


async def test_the_date_of_a_redelivery_is_extended_with_its_history(
    town: Town, models: ReadModels, pool: Pool
) -> None:
    await tell(town, the_ministry_returns_a_target)

    await catch_up(pool, SUBSCRIPTION, LEDGER)
    found = (await models.deadlines(LEDGER, 2024, await town.handler.now(LEDGER))).value
    [annual] = [each for each in found if each["kind"] == "redelivery" and each["round"] == "2024-annual"]

    assert [each["date"] for each in annual["history"]] == ["2025-04-10", "2025-04-15"]
    assert (annual["date"], annual["extended"], annual["state"]) == ("2025-04-15", True, "met")


async def test_a_date_that_passed_unmet_is_late_with_the_instant_it_was_recorded(
    town: Town, models: ReadModels, pool: Pool
) -> None:
    await tell(town, the_units_report)
    await town.on("2024-08-16")
    await town.do(SYSTEM, PassDeadline(round=HALF, kind=DeadlineKind.UNIT, unit=NORTH))

    found = await deadline(town, models, pool, "unit", "north")

    assert (found["state"], found["passed_at"]) == ("late", "2024-08-16T10:00:00.000000Z")
    # Nothing waits for the director yet: that is the unit's lateness, not theirs.
    await town.on("2024-08-23")
    assert (await deadline(town, models, pool, "director", "north"))["state"] == "open"


async def test_the_annual_delivery_is_not_determined_before_the_accounts_and_follows_their_correction(
    town: Town, models: ReadModels, pool: Pool
) -> None:
    """Case 3."""
    await tell(town, the_annual_round_opens)
    await catch_up(pool, SUBSCRIPTION, LEDGER)
    found = (await models.deadlines(LEDGER, 2024, datetime(2025, 1, 3, tzinfo=UTC))).value
    [annual] = [each for each in found if each["kind"] == "delivery" and each["round"] == "2024-annual"]
    assert (annual["state"], annual["date"]) == ("undetermined", None)
    assert found[-1] == annual

    await the_annual_report_is_delivered(town)

    await catch_up(pool, SUBSCRIPTION, LEDGER)
    found = (await models.deadlines(LEDGER, 2024, datetime(2025, 3, 13, tzinfo=UTC))).value
    [annual] = [each for each in found if each["kind"] == "delivery" and each["round"] == "2024-annual"]
    assert [(each["date"], each["why"]) for each in annual["history"]] == [
        ("2025-03-17", "determined"),
        ("2025-03-18", "corrected"),
    ]
    assert (annual["state"], annual["date"]) == ("met", "2025-03-18")
