"""C13: completeness, on histories written by hand."""

from dataclasses import replace

from clean import clean
from clean_names import DAYS, HALF, PORTAL, SERVICES, TOWNS
from tested import found
from told import Before, made, other, words

from domain.events.round import AgencyReportCompiled, Gap, RoundScopeFixed
from domain.values import SubjectId


def test_c13_a_scope_that_leaves_something_out_or_has_too_much() -> None:
    tale = clean()
    scope = next(each.event for each in tale.told if each.label == "annual scope")
    assert isinstance(scope, RoundScopeFixed)
    less, more = scope.items[1:], (*scope.items, replace(scope.items[0], subject=SubjectId("later")))

    pair = (tale.at("annual opened"), tale.at("annual scope"))
    assert ("not-in-scope", pair) in found("C13", tale.instead("annual scope", items=less))
    assert ("does-not-bind", pair) in found("C13", tale.instead("annual scope", items=more))


def test_c13_a_report_that_leaves_an_item_out() -> None:
    def short(before: Before) -> AgencyReportCompiled:
        items = tuple(before.bound(HALF, each) for each in (PORTAL, DAYS, SERVICES))
        return made(AgencyReportCompiled, round=HALF, report=1, items=items)

    tale = clean().instead("half-year 1 compiled", event=short)
    named = tale.instead("half-year 1 compiled", gaps=(Gap(subject=TOWNS, reason=words("later")),))

    assert found("C13", tale) == [("left-out", (tale.at("half-year scope"), tale.at("half-year 1 compiled")))]
    assert found("C13", named) == []


def test_c13_a_report_with_an_item_that_nobody_signed() -> None:
    tale = clean().without("half-year towns signed")

    assert ("not-signed", (tale.at("half-year 1 compiled"),)) in found("C13", tale)


def test_c13_a_delivery_that_does_not_hold_what_the_report_held() -> None:
    tale = clean().without("half-year 1 towns delivered")

    assert found("C13", tale) == [("not-delivered", (tale.at("half-year 1 delivered"),))]


def test_c13_a_publication_of_something_else() -> None:
    for label, source in (
        ("agreement published", "in force"),
        ("data published", "annual 2 delivered"),
        ("statement published", "stated"),
    ):
        tale = clean().instead(label, digest=other())

        assert ("other-content", (tale.at(source), tale.at(label))) in found("C13", tale)


def test_c13_a_redaction_of_what_was_not_delivered() -> None:
    tale = clean().instead("data published", redacted=(TOWNS, SubjectId("later")))

    assert found("C13", tale) == [("redacted-nothing", (tale.at("annual 2 delivered"), tale.at("data published")))]


def test_c13_a_cycle_that_closed_without_a_publication_or_with_an_old_one() -> None:
    never = clean().without("agreement published")
    old = clean().without("data published")
    old = old.after("annual 1 services delivered", *(each for each in clean().told if each.label == "data published"))

    assert found("C13", never) == [("not-published", (never.at("closed"),))]
    assert found("C13", old) == [
        ("published-stale", (old.at("data published"), old.at("annual 2 delivered"), old.at("closed"))),
    ]


def test_c13_a_round_under_a_version_that_is_not_in_force() -> None:
    tale = clean().without("in force", "agreement published")
    pair = (tale.at("half-year opened"), tale.at("half-year scope"))

    assert ("not-in-force", pair) in found("C13", tale)


def test_c13_an_item_that_a_scope_names_twice() -> None:
    scope = next(each.event for each in clean().told if each.label == "annual scope")
    assert isinstance(scope, RoundScopeFixed)
    tale = clean().instead("annual scope", items=(*scope.items, scope.items[0]))

    assert found("C13", tale) == [("doubled", (tale.at("annual scope"),))]


def test_c13_a_report_that_names_what_is_not_in_the_scope_or_holds_what_it_calls_a_gap() -> None:
    outside = clean().instead("half-year 1 compiled", gaps=(Gap(subject=SubjectId("later"), reason=words("later")),))
    held = clean().instead("half-year 1 compiled", gaps=(Gap(subject=TOWNS, reason=words("later")),))

    assert found("C13", outside) == [("out-of-scope", (outside.at("half-year 1 compiled"),))]
    assert found("C13", held) == [("gap-held", (held.at("half-year 1 compiled"),))]


def test_c13_a_delivery_of_another_report_than_was_compiled_last() -> None:
    tale = clean().instead("annual 2 delivered", report=1)

    assert found("C13", tale) == [("not-compiled", (tale.at("annual 2 compiled"), tale.at("annual 2 delivered")))]
