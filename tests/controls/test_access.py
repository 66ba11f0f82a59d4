"""C14: who was given which role, on histories written by hand."""

from clean import clean
from clean_names import DIGI
from clean_opening import given_role, grant
from tested import LOOKS, found
from told import Told, made, on, other

from domain.events.organisation import RoleConfirmed, SubstituteAppointed
from domain.values import Date, PersonId, Role, UnitId


def test_c14_a_role_by_one_person() -> None:
    tale = clean().instead("role-of-olga confirmed", by="anna")

    assert found("C14", tale) == [
        ("one-person", (tale.at("role-of-olga proposed"), tale.at("role-of-olga confirmed"))),
    ]


def test_c14_a_role_that_nobody_proposed_so() -> None:
    wider = grant("olga", Role.OWNER, UnitId("talous"))
    tale = clean().instead("role-of-olga confirmed", grant=wider)

    assert found("C14", tale) == [
        ("not-proposed", (tale.at("role-of-olga proposed"), tale.at("role-of-olga confirmed"))),
    ]


def test_c14_a_role_of_ones_own() -> None:
    tale = clean().instead("role-of-kaisa confirmed", by="kaisa")

    assert found("C14", tale) == [
        ("own-role", (tale.at("role-of-kaisa proposed"), tale.at("role-of-kaisa confirmed"))),
    ]


def test_c14_roles_that_do_not_go_together() -> None:
    for who, role, unit in (
        ("kaisa", Role.DIRECTOR, DIGI),
        ("maria", Role.COORDINATOR, None),
        ("aino", Role.OWNER, DIGI),
        ("olga", Role.ADMINISTRATOR, None),
    ):
        tale = clean().then(*given_role("second", grant(who, role, unit), at=on("2025-06-26")))

        assert found("C14", tale) == [
            ("incompatible", (tale.at(f"role-of-{who} confirmed"), tale.at("second confirmed"))),
        ]


def test_c14_roles_one_after_the_other_go_together() -> None:
    ended = given_role("end", grant("aino", Role.AUDITOR, None, last="2025-06-26"), at=on("2025-06-26"))
    later = given_role("later", grant("aino", Role.OWNER, DIGI, first="2025-06-27"), at=on("2025-06-26"))

    assert found("C14", clean().then(*ended, *later)) == []


def test_c14_a_role_that_the_operator_gives_later() -> None:
    event = RoleConfirmed(proposal="x", digest=other(), grant=grant("olga", Role.HEAD, None))
    tale = clean().then(Told(event=event, by="operator", at=on("2025-06-26"), label="given"))

    assert found("C14", tale) == [("by-operator", (tale.at("given"),))]


def test_c14_a_backdated_substitution_by_somebody_else() -> None:
    tale = clean().instead("substitution", by="dirk", valid_from=Date("2024-02-01"))

    assert found("C14", tale) == [
        ("backdated", (tale.at("substitution"),)),
        ("not-the-principal", (tale.at("substitution"),)),
    ]


def test_c14_a_substitute_with_an_incompatible_role() -> None:
    event = made(
        SubstituteAppointed,
        substitution="kaisa-for-dora",
        principal=PersonId("dora"),
        substitute=PersonId("kaisa"),
        roles=(Role.DIRECTOR,),
        unit=DIGI,
        valid_from=Date("2025-06-26"),
        valid_to=Date("2025-06-30"),
    )
    tale = clean().then(Told(event=event, by="dora", at=on("2025-06-26"), label="appointed"))

    assert found("C14", tale) == [("incompatible", (tale.at("role-of-kaisa confirmed"), tale.at("appointed")))]


def test_c14_a_year_without_a_review_of_the_roles() -> None:
    looks = LOOKS.without("review").rows()

    assert found("C14", access_rows=looks) == [("not-reviewed", (clean().at("cycle"),))]
    assert found("C14", access_rows=None) == [("not-reviewed", (clean().at("cycle"),))]


def test_c14_the_review_is_an_administrators_or_an_auditors_look_at_the_roles() -> None:
    other = LOOKS.instead("review", scope="organisation").rows()
    auditors = LOOKS.instead("review", role=Role.AUDITOR).rows()

    assert found("C14", access_rows=other) == [("not-reviewed", (clean().at("cycle"),))]
    assert found("C14", access_rows=auditors) == []


def test_c14_a_year_that_is_not_over_needs_no_review_yet() -> None:
    assert found("C14", clean().until("half-year 1 delivered"), access_rows=None) == []
