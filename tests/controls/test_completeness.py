"""C13: completeness, on histories written by hand."""

from dataclasses import replace

from clean import clean
from clean_names import DAYS, DIGI, HALF, PORTAL, SERVICES, TOWNS
from clean_rounds import WRITTEN
from tested import everything, found
from told import Before, Tale, Told, made, other, words

from domain.events.agreement import AgreementDrafted, IndicatorDefined, MilestoneDefined
from domain.events.cycle import Published
from domain.events.event import Event
from domain.events.item import ItemWithdrawn
from domain.events.organisation import AgreementInForce
from domain.events.round import AgencyReportCompiled, Gap, RoundScopeFixed
from domain.values import Date, Publication, SubjectId, VersionId


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


SECOND = VersionId("kylki-2024-2027.2")


def update(*milestones: SubjectId) -> list[Told]:
    """A later version of the same year, with these milestones of its target: drafted, in force, published."""
    data: list[Event] = [
        made(AgreementDrafted, version=SECOND, binding_year=2024),
        *(
            made(MilestoneDefined, version=SECOND, milestone=each, target=SERVICES, year=2024, unit=DIGI)
            for each in milestones
        ),
        made(IndicatorDefined, version=SECOND, indicator=DAYS, unit=DIGI, frequency="half-year"),
        made(AgreementInForce, version=SECOND, binding_year=2024, digest=other("update")),
        made(Published, year=2024, kind=Publication.AGREEMENT, digest=other("update")),
    ]
    named = ("agreement-drafted", "agreement-in-force", "published")
    labels = [f"update: {each.type}" if each.type in named else None for each in data]
    return [Told(event=each, at=WRITTEN[HALF], label=label) for each, label in zip(data, labels, strict=True)]


def with_towns_withdrawn(*milestones: SubjectId) -> Tale:
    """The update comes before the half-year report, which is compiled and delivered without the towns."""

    def short(before: Before) -> AgencyReportCompiled:
        items = tuple(before.bound(HALF, each) for each in (PORTAL, DAYS, SERVICES))
        return made(AgencyReportCompiled, round=HALF, report=1, items=items)

    gone = made(ItemWithdrawn, round=HALF, subject=TOWNS, version=SECOND, valid_from=Date("2024-06-10"))
    withdrawn = Told(event=gone, at=WRITTEN[HALF], label="withdrawn")
    tale = clean().without("half-year 1 towns delivered").instead("half-year 1 compiled", event=short)
    return tale.before("half-year 1 compiled", *update(*milestones), withdrawn)


def test_c13_what_an_update_removed_may_be_missing_in_a_report() -> None:
    """Case 8."""
    tale = with_towns_withdrawn(PORTAL)

    assert found("C13", tale) == []
    assert everything(tale)["C13"].population == everything()["C13"].population + 2
    assert ("left-out", (tale.at("half-year scope"), tale.at("half-year 1 compiled") - 1)) in found(
        "C13", tale.without("withdrawn")
    )


def test_c13_an_item_withdrawn_by_no_update_or_by_one_that_has_it_still() -> None:
    """Case 8. Nobody is rid of a red item so."""
    kept = with_towns_withdrawn(PORTAL, TOWNS)
    never = with_towns_withdrawn(PORTAL).without("update: agreement-in-force", "update: published")
    other_year = with_towns_withdrawn(PORTAL).instead("update: agreement-drafted", binding_year=2025)

    at = kept.at("update: agreement-in-force"), kept.at("withdrawn")
    assert found("C13", kept) == [("withdrawn-without-update", at)]
    assert found("C13", never) == [("withdrawn-without-update", (never.at("withdrawn"),))]
    assert ("withdrawn-without-update", (other_year.at("withdrawn"),)) in [
        (code, positions[-1:]) for code, positions in found("C13", other_year)
    ]
