"""Units and people, roles by two, substitutes, settings by two, the demo's clock."""

from dataclasses import replace

import pytest
from agreed import AGREED, DIGI, HALF, PORTAL, STAFFED, TALOUS, VANHA, confirmed, grant, registered
from kit import World, on, person, title, words
from story import GREEN, JUNE, half_year_open, milestone, portal_submitted, sign_off

from domain.clock import FOLD as CLOCK
from domain.clock import AdvanceDemoClock
from domain.events.clock import DemoClockAdvanced
from domain.events.organisation import (
    AccountClosed,
    Grant,
    Handover,
    LedgerOpened,
    PersonChanged,
    PersonRegistered,
    RoleConfirmed,
    RoleProposalWithdrawn,
    RoleProposed,
    Setting,
    SettingConfirmed,
    SettingProposalWithdrawn,
    SettingProposed,
    SubstituteAppointed,
    SubstitutionEnded,
    UnitRegistered,
    UnitRenamed,
)
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import proposal_digest
from domain.roles import ConfirmRole, ProposeRole, WithdrawRoleProposal
from domain.setting_change import ConfirmSetting, ProposeSetting, WithdrawSettingProposal
from domain.settings import SETTINGS, setting
from domain.staffing import ChangePerson, CloseAccount, OpenLedger, Person, RegisterPerson, RegisterUnit, RenameUnit
from domain.substitution import AppointSubstitute, EndSubstitution
from domain.succession import SucceedUnit
from domain.values import OPERATOR, Date, Digest, Language, MilestoneStatus, PersonId, Role, UnitId

MAY = on("2024-05-20")


def person_of(name: str) -> Person:
    """A person as an administrator registers one."""
    return Person(
        person=PersonId(name), name=words(name), contact=words(f"contact of {name}"), login=words(f"login of {name}")
    )


def test_the_operator_opens_a_ledger_with_two_administrators() -> None:
    command = OpenLedger(ledger="kylki", agency="kylki", demo=True, administrators=(person_of("a"), person_of("b")))
    now = on("2023-11-01")

    decided = World().when(command, by=OPERATOR, at=now)

    grants = tuple(
        Grant(person=PersonId(each), role=Role.ADMINISTRATOR, unit=None, valid_from=Date("2023-11-01"), valid_to=None)
        for each in ("a", "b")
    )
    proposals = tuple(RoleProposed(proposal=f"opening-{n}", grant=each) for n, each in enumerate(grants, 1))
    decided.then(
        LedgerOpened(
            ledger="kylki", agency="kylki", demo=True, zone="Europe/Helsinki", format="etappi-log/1", program="unknown"
        ),
        registered("a"),
        registered("b"),
        *(RoleConfirmed(proposal=each.proposal, digest=proposal_digest(each), grant=each.grant) for each in proposals),
    )
    World().when(command, by="anna", at=now).refused("operator-only")
    for alone in ((person_of("a"),), (person_of("a"), person_of("a"))):
        World().when(replace(command, administrators=alone), by=OPERATOR, at=now).refused(
            "two-administrators", field="administrators", rule="C14"
        )


def test_a_demos_clock_is_set_by_the_operator_and_never_goes_back() -> None:
    opened = LedgerOpened(
        ledger="kylki", agency="kylki", demo=True, zone="Europe/Helsinki", format="etappi-log/1", program="unknown"
    )
    world, command = World().happened(opened, at=MAY), AdvanceDemoClock(instant=JUNE)

    world.when(command, by="anna", at=MAY).refused("operator-only")
    world = world.when(command, by=OPERATOR, at=MAY).then(DemoClockAdvanced(instant=JUNE))

    assert world.state(CLOCK).instant == JUNE
    world.when(AdvanceDemoClock(instant=MAY), by=OPERATOR, at=MAY).refused("clock-goes-back", field="instant")
    AGREED.when(command, by=OPERATOR, at=MAY).refused("not-a-demo")


def test_units_and_people_are_registered_once() -> None:
    unit = RegisterUnit(unit=UnitId("uusi"), name=title("uusi"), valid_from=Date("2025-01-01"))
    newcomer = RegisterPerson(person=PersonId("uuno"), name=words("Uuno"), contact=words("mail"), login=words("login"))

    STAFFED.when(unit, by="anna", at=MAY).then(
        UnitRegistered(unit=UnitId("uusi"), name=title("uusi"), valid_from=Date("2025-01-01"))
    )
    STAFFED.when(newcomer, by="anna", at=MAY).then(
        PersonRegistered(
            person=PersonId("uuno"),
            name=words("Uuno"),
            contact=words("mail"),
            login=words("login"),
            language=Language.FI,
        )
    )

    STAFFED.when(replace(unit, unit=DIGI), by="anna", at=MAY).refused("unit-exists", field="unit")
    STAFFED.when(replace(newcomer, person=PersonId("olga")), by="anna", at=MAY).refused("person-exists")
    for bad in ("", "Uusi", "ö", "a/b", "-a", "a" * 81):
        STAFFED.when(replace(unit, unit=UnitId(bad)), by="anna", at=MAY).refused("malformed-id", field="unit")
        STAFFED.when(replace(newcomer, person=PersonId(bad)), by="anna", at=MAY).refused("malformed-id")


def test_a_renamed_unit_keeps_its_old_name_before_the_date() -> None:
    """Case 5. Past reports keep the old name."""
    command = RenameUnit(unit=DIGI, name=title("new"), valid_from=Date("2025-01-01"))

    world = STAFFED.when(command, by="anna", at=MAY).then(
        UnitRenamed(unit=DIGI, name=title("new"), valid_from=Date("2025-01-01"))
    )

    assert world.state(ORGANISATION).units[DIGI].name == title(DIGI)
    STAFFED.when(replace(command, unit=UnitId("nowhere")), by="anna", at=MAY).refused("unknown-unit", field="unit")


def test_a_succession_needs_two_known_units() -> None:
    """Case 5."""
    command = SucceedUnit(unit=DIGI, successor=VANHA, handover=Handover.MOVES, valid_from=Date("2025-01-01"))

    STAFFED.when(replace(command, unit=UnitId("nowhere")), by="anna", at=MAY).refused("unknown-unit", field="unit")
    STAFFED.when(replace(command, successor=UnitId("nowhere")), by="anna", at=MAY).refused(
        "unknown-unit", field="successor"
    )
    STAFFED.when(replace(command, successor=DIGI), by="anna", at=MAY).refused("unit-succeeds-itself")


def test_the_successor_map_is_followed_to_its_end_and_never_in_a_circle() -> None:
    """Case 5."""
    world = STAFFED
    for unit, successor, day in (
        (DIGI, TALOUS, "2025-01-01"),
        (TALOUS, VANHA, "2026-01-01"),
        (VANHA, DIGI, "2027-01-01"),
    ):
        command = SucceedUnit(unit=unit, successor=successor, handover=Handover.MOVES, valid_from=Date(day))
        world = world.after(command, by="anna", at=MAY)

    state = world.state(ORGANISATION)

    end = Date("2024-12-31")
    assert [state.successor(DIGI, Date(f"{year}-06-01"), end) for year in (2024, 2025, 2026, 2027)] == [
        DIGI,
        TALOUS,
        VANHA,
        VANHA,
    ]


def test_who_leaves_may_nothing_from_that_day_on_and_stays_in_the_history() -> None:
    """Case 7."""
    world = portal_submitted()
    command = CloseAccount(person=PersonId("dora"), valid_from=Date("2024-06-11"))

    world = world.when(command, by="anna", at=JUNE).then(
        AccountClosed(person=PersonId("dora"), valid_from=Date("2024-06-11"))
    )

    assert world.when(sign_off(world, PORTAL), by="dora", at=on("2024-06-10", 23, 59)).events
    world.when(sign_off(world, PORTAL), by="dora", at=on("2024-06-11", 0)).refused("account-closed", rule="case 7")
    assert world.state(ORGANISATION).people[PersonId("dora")].name == words("dora")
    assert world.state(ORGANISATION).holders(Role.DIRECTOR, DIGI, Date("2024-06-11")) == ()
    STAFFED.when(replace(command, person=PersonId("nemo")), by="anna", at=JUNE).refused("unknown-person")


SARI_OWNS = grant("sari", Role.OWNER, DIGI, "2024-05-01")


def test_a_role_is_proposed_by_one_and_confirmed_by_another() -> None:
    proposed = RoleProposed(proposal="r1", grant=SARI_OWNS)
    world = AGREED.when(ProposeRole(proposal="r1", grant=SARI_OWNS), by="anna", at=MAY).then(proposed)
    confirm = ConfirmRole(proposal="r1", digest=proposal_digest(proposed))
    report = milestone(half_year_open(), PORTAL, MilestoneStatus.IN_PROGRESS, GREEN)
    world.when(report, by="sari", at=JUNE).refused("not-permitted")

    world.when(confirm, by="anna", at=MAY).refused("own-work", rule="C14")
    world.when(replace(confirm, digest=Digest("0" * 64)), by="bert", at=MAY).refused("proposal-changed", rule="R16")
    world.when(replace(confirm, proposal="r2"), by="bert", at=MAY).refused("unknown-proposal", field="proposal")
    for who in ("bert", "kaisa"):
        later = world.when(confirm, by=who, at=MAY).then(
            RoleConfirmed(proposal="r1", digest=proposal_digest(proposed), grant=SARI_OWNS)
        )
        assert later.when(report, by="sari", at=JUNE).events
    other = ProposeRole(proposal="r1", grant=replace(SARI_OWNS, unit=TALOUS))
    world.when(other, by="anna", at=MAY).refused("proposal-exists", field="proposal")


def test_a_role_that_cannot_be_is_not_proposed() -> None:
    for changed, code in (
        (replace(SARI_OWNS, person=PersonId("nemo")), "unknown-person"),
        (replace(SARI_OWNS, unit=UnitId("nowhere")), "unknown-unit"),
        (replace(SARI_OWNS, unit=None), "unit-missing"),
        (replace(SARI_OWNS, role=Role.HEAD), "unit-not-wanted"),
        (replace(SARI_OWNS, valid_to=Date("2024-04-30")), "dates-reversed"),
    ):
        AGREED.when(ProposeRole(proposal="r1", grant=changed), by="anna", at=MAY).refused(code)
    AGREED.when(ProposeRole(proposal="R 1", grant=SARI_OWNS), by="anna", at=MAY).refused("malformed-id")


def test_a_withdrawn_proposal_is_not_confirmed() -> None:
    world = AGREED.after(ProposeRole(proposal="r1", grant=SARI_OWNS), by="anna", at=MAY)

    world = world.when(WithdrawRoleProposal(proposal="r1"), by="anna", at=MAY).then(
        RoleProposalWithdrawn(proposal="r1")
    )

    digest = proposal_digest(RoleProposed(proposal="r1", grant=SARI_OWNS))
    world.when(ConfirmRole(proposal="r1", digest=digest), by="bert", at=MAY).refused("proposal-withdrawn")
    AGREED.when(WithdrawRoleProposal(proposal="r9"), by="anna", at=MAY).refused("unknown-proposal")


def test_nobody_grants_a_role_to_themselves() -> None:
    mine = grant("kalle", Role.HEAD)
    world = AGREED.after(ProposeRole(proposal="r1", grant=mine), by="anna", at=MAY)
    digest = proposal_digest(RoleProposed(proposal="r1", grant=mine))

    world.when(ConfirmRole(proposal="r1", digest=digest), by="kalle", at=MAY).refused("own-role", rule="C14")


def test_a_person_is_corrected_and_keeps_the_login() -> None:
    command = ChangePerson(
        person=PersonId("olga"), name=words("Olga Uusi"), contact=words("olga.uusi"), language=Language.SV
    )

    world = AGREED.when(command, by="anna", at=MAY).then(
        PersonChanged(
            person=PersonId("olga"), name=words("Olga Uusi"), contact=words("olga.uusi"), language=Language.SV
        )
    )

    known = world.state(ORGANISATION).people[PersonId("olga")]
    assert known == replace(registered("olga"), name=command.name, contact=command.contact, language=Language.SV)
    AGREED.when(replace(command, person=PersonId("nemo")), by="anna", at=MAY).refused("unknown-person")
    AGREED.when(command, by="olga", at=MAY).refused("not-permitted")


def test_of_two_successors_of_a_unit_the_one_recorded_last_holds() -> None:
    """Case 5. The map is corrected by saying it again."""
    first = SucceedUnit(unit=DIGI, successor=VANHA, handover=Handover.MOVES, valid_from=Date("2024-06-01"))
    world = AGREED.after(first, by="anna", at=MAY).after(replace(first, successor=TALOUS), by="anna", at=MAY)

    found = world.state(ORGANISATION).successor(DIGI, Date("2024-06-01"), Date("2024-06-30"))

    assert found == TALOUS


INCOMPATIBLE = (
    *((Role.AUDITOR, role) for role in Role if role is not Role.AUDITOR),
    *((Role.ADMINISTRATOR, role) for role in Role if role not in (Role.ADMINISTRATOR, Role.AUDITOR)),
    *(
        (ministry, agency)
        for ministry in (Role.MINISTRY_ASSESSOR, Role.MINISTRY_DECIDER)
        for agency in (Role.CONTRIBUTOR, Role.OWNER, Role.DIRECTOR, Role.HEAD, Role.COORDINATOR)
    ),
    (Role.COORDINATOR, Role.DIRECTOR),
)
IN_UNIT = (Role.CONTRIBUTOR, Role.OWNER, Role.DIRECTOR)


def granting(world: World, given: Grant):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """Anna proposes, Bert confirms."""
    world = world.after(ProposeRole(proposal="r1", grant=given), by="anna", at=MAY)
    digest = proposal_digest(RoleProposed(proposal="r1", grant=given))
    return world.when(ConfirmRole(proposal="r1", digest=digest), by="bert", at=MAY)


@pytest.mark.parametrize("one", list(Role))
@pytest.mark.parametrize("other", list(Role))
def test_incompatible_roles_are_not_held_at_once(one: Role, other: Role) -> None:
    if one is other:
        return
    held = confirmed(grant("sari", one, DIGI if one in IN_UNIT else None))
    wanted = grant("sari", other, DIGI if other in IN_UNIT else None, "2024-06-01")

    decided = granting(AGREED.happened(held, at=MAY), wanted)

    if (one, other) in INCOMPATIBLE or (other, one) in INCOMPATIBLE:
        decided.refused("incompatible-roles", field="grant.role", rule="C14")
    else:
        assert decided.events


def test_a_role_that_ends_before_the_other_begins_is_no_clash() -> None:
    ended = confirmed(grant("sari", Role.AUDITOR, None, "2024-01-01", "2024-05-31"))

    assert granting(AGREED.happened(ended, at=MAY), grant("sari", Role.OWNER, DIGI, "2024-06-01")).events

    granting(AGREED.happened(ended, at=MAY), grant("sari", Role.OWNER, DIGI, "2024-05-31")).refused(
        "incompatible-roles"
    )


APPOINT = AppointSubstitute(
    substitution="s1",
    principal=PersonId("dora"),
    substitute=PersonId("sari"),
    roles=(Role.DIRECTOR,),
    unit=DIGI,
    valid_from=Date("2024-06-01"),
    valid_to=Date("2024-06-30"),
    basis=words("rules of procedure"),
)


def test_a_principal_or_the_head_appoints_a_substitute() -> None:
    """Case 6. Dates, scope and basis."""
    event = SubstituteAppointed(
        substitution="s1",
        principal=PersonId("dora"),
        substitute=PersonId("sari"),
        roles=(Role.DIRECTOR,),
        unit=DIGI,
        valid_from=Date("2024-06-01"),
        valid_to=Date("2024-06-30"),
        basis=words("rules of procedure"),
    )

    for who in ("dora", "hanna"):
        AGREED.when(APPOINT, by=who, at=MAY).then(event)

    for who in ("olga", "kaisa", "dirk", "maria"):
        AGREED.when(APPOINT, by=who, at=MAY).refused("not-permitted", field="principal")
    for who in ("carl", "anna", "aino", "sari"):
        AGREED.when(APPOINT, by=who, at=MAY).refused("not-permitted")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"valid_from": Date("2024-05-19")}, "backdated"),
        ({"valid_to": Date("2024-05-31")}, "dates-reversed"),
        ({"substitute": PersonId("dora")}, "own-substitute"),
        ({"substitute": PersonId("nemo")}, "unknown-person"),
        ({"roles": ()}, "scope-missing"),
        ({"roles": (Role.OWNER,)}, "not-the-principals-role"),
        ({"unit": TALOUS}, "not-the-principals-role"),
        ({"substitution": "S 1"}, "malformed-id"),
        ({"substitute": PersonId("aino")}, "incompatible-roles"),
        ({"substitute": PersonId("anna")}, "incompatible-roles"),
        ({"substitute": PersonId("maria")}, "incompatible-roles"),
        ({"substitute": PersonId("kaisa")}, "incompatible-roles"),
    ],
)
def test_a_substitution_that_cannot_be_is_refused(changed: dict[str, object], code: str) -> None:
    """Case 6. No backdating; and nobody gets through a substitution what they may not hold."""
    AGREED.when(replace(APPOINT, **changed), by="dora", at=MAY).refused(code)  # type: ignore[arg-type]


def test_a_substitution_may_begin_today() -> None:
    assert AGREED.when(replace(APPOINT, valid_from=Date("2024-05-20")), by="dora", at=MAY).events

    same_id = AGREED.after(APPOINT, by="dora", at=MAY)
    same_id.when(replace(APPOINT, unit=None), by="dora", at=MAY).refused("substitution-exists", field="substitution")


def test_a_role_that_begins_after_the_substitution_is_not_in_its_scope() -> None:
    world = AGREED.happened(confirmed(grant("dora", Role.OWNER, DIGI, "2024-07-01")), at=MAY)

    world.when(replace(APPOINT, roles=(Role.OWNER,)), by="dora", at=MAY).refused("not-the-principals-role")


def test_a_substitutes_right_is_not_passed_on() -> None:
    """Case 6. No chains: not by appointing, and not by acting for a substitute."""
    world = AGREED.after(APPOINT, by="dora", at=MAY)
    chain = replace(APPOINT, substitution="s2", principal=PersonId("sari"), substitute=PersonId("sulo"))

    world.when(chain, by="hanna", at=MAY).refused("not-the-principals-role", field="roles", rule="case 6")
    world.when(chain, by="sari", at=MAY).refused("not-permitted")
    world.when(chain, by=person("sari", "dora"), at=JUNE).refused("no-substitute-for-this", rule="case 6")
    submitted = portal_submitted().happened(
        world.facts[-1].event,
        replace(world.facts[-1].event, substitution="s2", principal=PersonId("sari"), substitute=PersonId("sulo")),  # type: ignore[call-arg]
        at=JUNE,
    )
    submitted.when(sign_off(submitted, PORTAL), by=person("sulo", "sari"), at=JUNE).refused("substitution-out-of-scope")


def test_a_role_is_not_given_to_one_who_substitutes_for_an_incompatible_one() -> None:
    world = AGREED.after(APPOINT, by="dora", at=MAY)

    granting(world, grant("sari", Role.COORDINATOR, None, "2024-06-15")).refused("incompatible-roles")

    assert granting(world, grant("sari", Role.COORDINATOR, None, "2024-07-01")).events


def test_a_substitution_ends_early_today_at_the_earliest() -> None:
    """Case 6."""
    world = AGREED.after(APPOINT, by="dora", at=MAY)
    command = EndSubstitution(substitution="s1", valid_to=Date("2024-06-10"))

    for who in ("dora", "hanna"):
        later = world.when(command, by=who, at=JUNE).then(
            SubstitutionEnded(substitution="s1", valid_to=Date("2024-06-10"))
        )
        assert later.state(ORGANISATION).substitutes(PersonId("dora"), Role.DIRECTOR, DIGI, Date("2024-06-11")) == ()

    world.when(command, by="olga", at=JUNE).refused("not-permitted", field="substitution")
    world.when(replace(command, valid_to=Date("2024-06-09")), by="dora", at=JUNE).refused("backdated")
    world.when(replace(command, substitution="s9"), by="dora", at=JUNE).refused("unknown-substitution")


def test_the_head_appoints_and_ends_substitutes_in_roles_of_the_agency_only() -> None:
    """Case 6. The ministry, audit and administration are not the head's to lend out."""
    lent = replace(APPOINT, unit=None, substitute=PersonId("sulo"))
    ministry = replace(lent, principal=PersonId("mikko"), roles=(Role.MINISTRY_DECIDER,))
    others = (
        ministry,
        replace(lent, principal=PersonId("aino"), roles=(Role.AUDITOR,)),
        replace(lent, principal=PersonId("anna"), roles=(Role.ADMINISTRATOR,)),
        replace(lent, principal=PersonId("maria"), roles=(Role.MINISTRY_ASSESSOR,)),
    )

    for command in others:
        AGREED.when(command, by="hanna", at=MAY).refused("not-permitted", field="principal", rule="case 6")

    assert AGREED.when(replace(lent, principal=PersonId("kaisa"), roles=(Role.COORDINATOR,)), by="hanna", at=MAY).events
    world = AGREED.after(ministry, by="mikko", at=MAY)
    end = EndSubstitution(substitution="s1", valid_to=Date("2024-06-10"))
    world.when(end, by="hanna", at=MAY).refused("not-permitted", field="substitution", rule="case 6")
    assert world.when(end, by="mikko", at=MAY).events


def test_a_substitution_is_only_shortened_and_not_once_it_is_over() -> None:
    """Case 6. A longer one is appointed anew: with its dates, scope and basis."""
    world = AGREED.after(APPOINT, by="dora", at=MAY)
    longer = EndSubstitution(substitution="s1", valid_to=Date("2024-07-31"))

    world.when(longer, by="dora", at=JUNE).refused("not-earlier", field="valid_to", rule="case 6")
    world.when(longer, by="dora", at=on("2024-07-01", 0)).refused("substitution-over", field="substitution")
    world.when(EndSubstitution(substitution="s1", valid_to=Date("2024-06-30")), by="olga", at=JUNE).refused(
        "not-permitted"
    )


WAITS = Setting(key="approval.waits-days", value="5", source=words("decision of the head"))


def test_a_setting_is_proposed_by_a_coordinator_and_confirmed_by_the_head() -> None:
    event = SettingProposed(proposal="s1", setting=WAITS)
    world = AGREED.when(ProposeSetting(proposal="s1", setting=WAITS), by="kaisa", at=MAY).then(event)
    confirm = ConfirmSetting(proposal="s1", digest=proposal_digest(event))
    assert setting(world.state(ORGANISATION), "approval.waits-days") == 3

    world.when(replace(confirm, digest=Digest("0" * 64)), by="hanna", at=MAY).refused("proposal-changed")
    both = world.happened(confirmed(grant("kaisa", Role.HEAD)), at=MAY)
    both.when(confirm, by="kaisa", at=MAY).refused("own-work", rule="C14")
    later = world.when(confirm, by="hanna", at=MAY).then(
        SettingConfirmed(proposal="s1", digest=proposal_digest(event), setting=WAITS)
    )

    assert setting(later.state(ORGANISATION), "approval.waits-days") == 5
    other = ProposeSetting(proposal="s1", setting=replace(WAITS, value="6"))
    world.when(other, by="kaisa", at=MAY).refused("proposal-exists", field="proposal")


def test_a_withdrawn_setting_is_not_confirmed() -> None:
    world = AGREED.after(ProposeSetting(proposal="s1", setting=WAITS), by="kaisa", at=MAY)

    world = world.when(WithdrawSettingProposal(proposal="s1"), by="kaisa", at=MAY).then(
        SettingProposalWithdrawn(proposal="s1")
    )

    digest = proposal_digest(SettingProposed(proposal="s1", setting=WAITS))
    world.when(ConfirmSetting(proposal="s1", digest=digest), by="hanna", at=MAY).refused("proposal-withdrawn")
    AGREED.when(ConfirmSetting(proposal="s1", digest=digest), by="hanna", at=MAY).refused("unknown-proposal")
    role = AGREED.after(ProposeRole(proposal="r1", grant=SARI_OWNS), by="anna", at=MAY)
    role.when(ConfirmSetting(proposal="r1", digest=digest), by="hanna", at=MAY).refused("unknown-proposal")
    world.when(ConfirmRole(proposal="s1", digest=digest), by="bert", at=MAY).refused("unknown-proposal")


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("approval.waits", "5", "unknown-setting"),
        ("approval.waits-days", "five", "malformed-setting"),
        ("approval.waits-days", "-1", "malformed-setting"),
        ("approval.waits-days", "true", "malformed-setting"),
        ("approval.waits-days", " 5", "malformed-setting"),
        ("reminders.days-before", "[]", "malformed-setting"),
        ("reminders.days-before", "[7, 1]", "malformed-setting"),
        ("approval.chain", '["head"]', "malformed-setting"),
        ("approval.chain", '["owner","owner","owner","owner"]', "malformed-setting"),
    ],
)
def test_a_setting_that_cannot_be_is_not_proposed(key: str, value: str, code: str) -> None:
    command = ProposeSetting(proposal="s1", setting=Setting(key=key, value=value, source=words("x")))

    AGREED.when(command, by="kaisa", at=MAY).refused(code)


@pytest.mark.parametrize("key", list(SETTINGS))
def test_each_setting_accepts_its_own_default_and_says_where_it_comes_from(key: str) -> None:
    known = SETTINGS[key]

    assert known.accepts(known.default)
    assert known.source
    assert known.purpose.endswith(".")
    assert HALF


@pytest.mark.parametrize("id_", ["", "Matti Meikalainen", "matti m", "åsa"])
def test_a_ledger_opens_with_people_whose_ids_are_slugs(id_: str) -> None:
    command = OpenLedger(ledger="kylki", agency="kylki", demo=True, administrators=(person_of("a"), person_of(id_)))

    World().when(command, by=OPERATOR, at=on("2023-11-01")).refused("malformed-id", field="administrators.1.person")


def test_a_role_does_not_end_in_the_past_and_a_substitution_names_a_unit_that_there_is() -> None:
    """C03 and case 6."""
    past = replace(grant("olga", Role.OWNER, DIGI), valid_from=Date("2024-01-01"), valid_to=Date("2024-05-30"))
    STAFFED.when(ProposeRole(proposal="p", grant=past), by="anna", at=on("2024-05-31")).refused(
        "backdated", field="grant.valid_to", rule="C03"
    )
    substitution = AppointSubstitute(
        substitution="s",
        principal=PersonId("dora"),
        substitute=PersonId("sari"),
        roles=(Role.DIRECTOR,),
        unit=UnitId("nowhere"),
        valid_from=Date("2024-06-01"),
        valid_to=Date("2024-06-05"),
        basis=words("basis"),
    )
    STAFFED.when(substitution, by="dora", at=on("2024-06-01")).refused("unknown-unit", field="unit")
