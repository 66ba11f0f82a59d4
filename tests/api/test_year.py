"""A year over HTTP: the annual report, its delivery, assessment and statement, and what each reader sees of it."""

from datetime import UTC, datetime
from typing import Any

from api.test_items import MILESTONE
from api.world import LEDGER, UNIT, VERSION, World
from services.eventstore.subscribe import catch_up
from services.readmodels import SUBSCRIPTION

ANNUAL = "2024-annual"
PATH = f"rounds/{ANNUAL}/items/{MILESTONE}"


async def signed_off(world: World) -> Any:
    """One milestone, partly reached, signed off in January 2025."""
    await world.clock(datetime(2025, 1, 15, 8, tzinfo=UTC))
    explanation = {
        "cause": "Viive",
        "risk": "Myöhästyy",
        "action": "Lisää väkeä",
        "action_owner": "owner",
        "action_due": "2025-06-30",
    }
    report = {"round": ANNUAL, "subject": MILESTONE, "status": "partly-reached", "light": 2, "explanation": explanation}
    await world.do("owner", "report-milestone", **report)
    item = await world.read("owner", PATH)
    await world.do("owner", "submit-items", round=ANNUAL, items=[item["bound"]])
    await world.do("director", "sign-off-items", round=ANNUAL, items=[item["bound"]])
    return item


async def compiled(world: World) -> Any:
    """The annual report: the signed item, all others named as gaps."""
    scope = (await world.read("coordinator", f"rounds/{ANNUAL}"))["scope"]
    gaps = [{"subject": each["subject"], "reason": "Puuttuu"} for each in scope if each["subject"] != MILESTONE]
    await world.do("coordinator", "compile-agency-report", round=ANNUAL, gaps=gaps)
    return (await world.read("head", f"rounds/{ANNUAL}"))["compiled"]


async def delivered(world: World) -> Any:
    """The annual report, with the ministry."""
    report = await compiled(world)
    await world.do("head", "approve-agency-report", round=ANNUAL, digest=report["digest"])
    await world.clock(datetime(2025, 3, 12, 8, tzinfo=UTC))
    file = (await world.upload("coordinator", "accounts.pdf")).json()["file"]
    await world.do("coordinator", "record-final-accounts-approval", year=2024, approved_on="2025-03-11", document=file)
    await world.do(
        "coordinator", "deliver-to-ministry", round=ANNUAL, digest=report["digest"], case_number="KEHA/1/2025"
    )
    return report


async def test_the_report_that_the_head_approves_is_read_by_head_and_coordinator_alone(world: World) -> None:
    await signed_off(world)
    report = await compiled(world)

    assert [each["subject"] for each in report["items"]] == [MILESTONE]
    assert len(report["gaps"]) == 126
    assert {each["reason"] for each in report["gaps"]} == {"Puuttuu"}
    assert report["compiled_by"] == ["coordinator"]
    for person in ("owner", "assessor", "auditor"):
        seen = await world.read(person, f"rounds/{ANNUAL}")
        assert (seen["stage"], seen["compiled"]) == ("compiled", None)


async def test_a_delivered_item_is_shown_to_all_as_it_was_delivered(world: World) -> None:
    await signed_off(world)
    await delivered(world)

    for person in ("assessor", "auditor", "other-owner", "coordinator", "admin"):
        item = await world.read(person, PATH)
        assert (item["content"], item["stage"], item["report"]["light"]) == ("delivered", "delivered", 2)
        assert item["report"]["explanation"]["cause"] == "Viive"
        assert item["delivered"]["digest"] == item["digest"]
    page = await world.read("assessor", f"rounds/{ANNUAL}/items", limit=500)
    assert [each["subject"] for each in page["items"]] == [MILESTONE]
    [delivery] = (await world.read("assessor", f"rounds/{ANNUAL}"))["deliveries"]
    assert (delivery["case_number"], delivery["late"]) == ("KEHA/1/2025", False)


async def test_a_deviation_is_its_units_until_it_is_delivered(world: World) -> None:
    await signed_off(world)
    path = f"deviations/2024/{MILESTONE}"

    own, coordinator = await world.read("owner", path), await world.read("coordinator", path)
    other = await world.get("assessor", path)

    assert own["content"]["explanation"]["risk"] == "Myöhästyy"
    assert (coordinator["stage"], coordinator["content"]) == ("open", None)
    assert other.status_code == 403
    await delivered(world)
    assert (await world.read("assessor", path))["content"]["explanation"]["risk"] == "Myöhästyy"


async def test_the_deviations_of_a_year_are_listed_for_whoever_may_know_of_them(world: World) -> None:
    await signed_off(world)
    await world.do("owner", "report-action", year=2024, subject=MILESTONE, narrative="Tehty")

    async def listed(person: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await world.read(person, "deviations/2024"))["deviations"]
        return found

    [own], [coordinated] = await listed("director"), await listed("coordinator")

    assert own == await world.read("director", f"deviations/2024/{MILESTONE}")
    assert (own["unit"], own["stage"], own["reporters"]) == (UNIT, "action-reported", ["owner"])
    assert (own["action"]["type"], own["action"]["narrative"]) == ("action-reported", "Tehty")
    assert (coordinated["stage"], coordinated["content"], coordinated["action"]) == ("action-reported", None, None)
    assert await listed("other-director") == await listed("assessor") == []
    assert (await world.read("owner", "deviations/2023"))["deviations"] == []


async def test_the_ministry_assesses_what_was_delivered_and_its_lights_show_with_the_statement(world: World) -> None:
    await signed_off(world)
    report = await delivered(world)
    path = "cycles/2024/assessment"
    opened = await world.read("assessor", path)
    assert len(opened["subjects"]) == 33
    assert {each["delivered"] for each in opened["subjects"]} == {report["digest"]}
    early = await world.read("decider", "cycles/2024/statement-draft")
    assert (early["digest"], early["not_yet"]["code"]) == (None, "not-assessing")
    for each in opened["subjects"]:
        body = {"year": 2024, "subject": each["subject"], "delivered": each["delivered"], "light": 2, "rationale": "Ei"}
        await world.do("assessor", f"assess-{each['kind']}", **body)
    await world.do("assessor", "comment-milestone", year=2024, subject=MILESTONE, comment="Huomio")

    seen, hidden = await world.read("decider", path), await world.read("head", path)
    assert {each["ministry"]["rationale"] for each in seen["subjects"]} == {"Ei"}
    assert seen["comments"] == [{"subject": MILESTONE, "comment": "Huomio"}]
    assert {each["ministry"] for each in hidden["subjects"]} == {None}
    assert hidden["comments"] == []
    assert (await world.get("head", "cycles/2024/statement-draft")).status_code == 403
    draft = await world.read("decider", "cycles/2024/statement-draft")
    assert (len(draft["lights"]), draft["assessors"], draft["not_yet"]) == (33, ["assessor"], None)
    await world.do("decider", "issue-statement", year=2024, digest=draft["digest"], narrative="Kannanotto")

    assert {each["ministry"]["light"] for each in (await world.read("head", path))["subjects"]} == {2}
    cycle = await world.read("head", "cycles/2024")
    assert (cycle["stage"], cycle["statement"]["narrative"]) == ("stated", "Kannanotto")
    today = (await world.read("head", "me"))["today"]
    for each in cycle["publications"]:
        body = {"year": 2024, "kind": each["kind"], "digest": each["digest"], "published_on": today}
        body["reference"] = "https://example.fi/1"
        await world.do("coordinator", "publish", **body)
    published = (await world.read("auditor", "cycles/2024"))["publications"]
    assert [each["published"]["digest"] for each in published] == [each["digest"] for each in published]


async def test_nothing_is_assessed_before_the_delivery(world: World) -> None:
    answer = await world.get("assessor", "cycles/2024/assessment")

    assert (answer.status_code, answer.json()["code"]) == (404, "not-assessing")


async def test_a_round_that_is_not_open_says_when_it_opens(still: World) -> None:
    planned = await still.read("owner", "rounds/2024-annual")
    unknown = await still.read("owner", "rounds/2026-annual")

    assert (planned["stage"], planned["opens"]) == ("planned", "2024-12-31T22:00:00.000000Z")
    assert (unknown["stage"], unknown["opens"]) == ("planned", None)


async def test_the_organisation_shows_contacts_to_administrators_alone(still: World) -> None:
    contacts = {
        person: {each["contact"] for each in (await still.read(person, "organisation"))["people"]}
        for person in ("admin", "head")
    }

    assert "head@keha.example" in contacts["admin"]
    assert contacts["head"] == {None}


async def test_what_waits_for_a_second_person_is_listed_until_it_is_confirmed(world: World) -> None:
    assert (await world.read("head", "organisation"))["proposals"] == []
    setting = {"key": "response.days", "value": "21", "source": "Sovittu"}
    await world.do("coordinator", "propose-setting", proposal="longer", setting=setting)

    [proposal] = (await world.read("head", "organisation"))["proposals"]
    await world.do("head", "confirm-setting", proposal="longer", digest=proposal["digest"])

    assert (proposal["proposer"], proposal["content"]["setting"]["source"]) == ("coordinator", "Sovittu")
    after = await world.read("head", "organisation")
    assert after["proposals"] == []
    [kept] = [each for each in after["settings"] if each["key"] == "response.days"]
    assert (kept["value"], kept["default"]) == ("21", "14")


async def test_the_board_shows_drafts_to_those_who_may_read_them(world: World) -> None:
    await signed_off(world)
    await catch_up(world.pool, SUBSCRIPTION, LEDGER)

    def light(found: Any) -> Any:
        """The milestone's cell on a board."""
        targets = [each for part in found["board"]["parts"] for group in part["groups"] for each in group["targets"]]
        return next(cell for target in targets for cell in target["milestones"] if cell["subject"] == MILESTONE)

    seen = {
        person: light(await world.read(person, "board", year=2024, round="annual"))
        for person in ("director", "head", "coordinator", "assessor")
    }

    assert [seen[person]["light"] for person in ("director", "head")] == [2, 2]
    assert [seen[person]["light"] for person in ("coordinator", "assessor")] == [None, None]
    assert seen["head"]["words"]["explanation"]["cause"] == "Viive"
    assert set(seen["head"]["title"]) == {"fi", "sv", "en"}
    finnish = light(await world.read("head", "board", year=2024, round="annual", language="fi"))
    assert finnish["title"] == seen["head"]["title"]["fi"]


async def test_the_board_is_shown_as_it_was_known_and_says_when_it_lags_behind(world: World) -> None:
    await signed_off(world)
    await catch_up(world.pool, SUBSCRIPTION, LEDGER)
    head = await world.store.head(LEDGER)

    then = await world.read("head", "board", year=2024, round="annual", known_at="2024-06-30T00:00:00+03:00")
    late = await world.read("head", "board", year=2024, round="annual", min_position=head + 1)

    assert (then["board"]["stage"], then["position"] < head) == ("planned", True)
    assert (late["stale"], late["position"]) == (True, head)


async def test_the_inbox_holds_what_waits_for_one(world: World) -> None:
    await signed_off(world)
    await catch_up(world.pool, SUBSCRIPTION, LEDGER)

    owner, nobody_else = await world.read("stand-in", "inbox"), await world.read("auditor", "inbox")

    assert owner["tasks"]
    assert nobody_else["tasks"] == []


async def test_the_dates_of_units_are_shown_to_those_who_may_follow_them(world: World) -> None:
    await signed_off(world)
    await catch_up(world.pool, SUBSCRIPTION, LEDGER)

    seen = {
        person: {each["unit"] for each in (await world.read(person, "deadlines", year=2024))["deadlines"]}
        for person in ("coordinator", "owner", "assessor")
    }

    assert len(seen["coordinator"]) > 3
    assert seen["owner"] == {None, "people-leadership"}
    assert seen["assessor"] == {None}


async def test_the_trail_goes_on_from_page_to_page_and_hides_drafts(world: World) -> None:
    await signed_off(world)
    await catch_up(world.pool, SUBSCRIPTION, LEDGER)
    first = await world.get("head", "trail", limit=10)
    path = first.headers["Link"].split(">")[0].removeprefix("<").removeprefix(f"/api/v1/{LEDGER}/")
    second = await world.read("head", path)

    assert [each["position"] for each in first.json()["entries"]] == list(range(1, 11))
    assert second["entries"][0]["position"] == 11
    written = {"subject": MILESTONE, "type": "milestone-status-reported"}
    [own] = (await world.read("owner", "trail", **written))["entries"]
    assert (own["actor"], own["said"]["explanation"]["cause"]) == ("owner", "Viive")
    [bare] = (await world.read("coordinator", "trail", **written))["entries"]
    assert (bare["actor"], bare["said"], bare["changes"]) == ("owner", None, None)
    assert (await world.read("assessor", "trail", **written))["entries"] == []


async def test_a_late_completion_is_its_units_until_it_is_signed_off(world: World) -> None:
    await world.clock(datetime(2025, 2, 15, 8, tzinfo=UTC))
    file = (await world.upload("owner")).json()["file"]
    evidence = [{"id": "e1", "revision": 1, "file": file, "title": "Todiste", "document_date": "2025-02-01"}]
    late = {"version": VERSION, "subject": MILESTONE, "completed_on": "2025-02-01", "narrative": "Valmis"}
    await world.do("owner", "record-late-completion", **late, evidence=evidence)
    path = f"late-completions/{MILESTONE}"
    own = await world.read("director", path)
    proof = f"files/{own['content']['evidence'][0]['file']['commitment']}"
    early = [(await world.get("assessor", path)).status_code, (await world.get("assessor", proof)).status_code]

    await world.do("director", "sign-off-late-completion", subject=MILESTONE, digest=own["content"]["digest"])

    assert (own["stage"], own["content"]["narrative"], own["preparers"]) == ("recorded", "Valmis", ["owner"])
    assert early == [403, 403]
    assert (await world.read("assessor", path))["stage"] == "signed-off"
    assert (await world.get("assessor", proof)).status_code == 200
