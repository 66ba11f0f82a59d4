"""C11: erasures and looks, on histories written by hand."""

from dataclasses import replace

from clean import clean
from clean_names import DAYS, TOWNS
from tested import LOOKS, everything, found, look
from told import Told, made, on, other, words

from domain.events.access import Look
from domain.events.engagement import EngagementClosed
from domain.events.erasure import LegalHoldConfirmed, LegalHoldLifted, Place
from domain.events.organisation import PersonChanged
from domain.events.rrf import ItemLinkedToMeasure
from domain.values import Date, Digest, PersonId, Role

JUNE = on("2025-06-20")


def _held(**fields: object) -> Told:
    event = made(LegalHoldConfirmed, hold="h-1", **fields)
    return Told(event=event, by="hanna", at=JUNE, label="held")


def test_c11_an_erasure_without_a_proposal_or_of_something_else() -> None:
    tale = clean().without("erasure proposed")
    more = clean().instead("erasure confirmed", commitments=(other(),))

    assert found("C11", tale) == [("no-authority", (tale.at("erasure confirmed"),))]
    assert ("other-disclosures", (more.at("erasure proposed"), more.at("erasure confirmed"))) in found("C11", more)


def test_c11_an_erasure_under_a_hold_over_its_subject_its_person_or_all() -> None:
    for hold in (_held(subjects=(TOWNS,)), _held()):
        tale = clean().before("erasure proposed", hold)

        assert found("C11", tale) == [("under-hold", (tale.at("held"), tale.at("erasure confirmed")))]
    place = Place(of="organisation", commitments=(other("olga"),))
    tale = clean().before("erasure proposed", _held(people=(PersonId("olga"),)))
    tale = tale.instead("erasure proposed", places=(place,)).instead("erasure confirmed", commitments=(words("olga"),))
    assert ("under-hold", (tale.at("held"), tale.at("erasure confirmed"))) in found("C11", tale)


def test_c11_an_erasure_of_a_former_name_under_a_hold_over_the_person() -> None:
    """Case 7. Their name was changed before it was erased."""
    changed = made(PersonChanged, person=PersonId("olga"), name=words("olga before"))
    place = Place(of="organisation", commitments=(Digest(words("olga before")),))
    hold = _held(people=(PersonId("olga"),))
    tale = clean().before("erasure proposed", Told(event=changed, by="anna", at=JUNE), hold)
    tale = tale.instead("erasure proposed", places=(place,))
    tale = tale.instead("erasure confirmed", commitments=(words("olga before"),))

    assert ("under-hold", (tale.at("held"), tale.at("erasure confirmed"))) in found("C11", tale)


def test_c11_an_erasure_of_a_measures_own_words_under_its_retention_and_under_any_hold() -> None:
    """R13. Of whom they speak can't be told."""
    place = Place(of="rrf/digi-1", commitments=(other(),))
    tale = clean().before("erasure proposed", _held(subjects=(DAYS,)))
    tale = tale.instead("erasure proposed", places=(place,)).instead("erasure confirmed", commitments=(other(),))

    told = found("C11", tale)

    assert ("under-hold", (tale.at("held"), tale.at("erasure confirmed"))) in told
    assert ("under-retention", (tale.at("retention"), tale.at("erasure confirmed"))) in told


def test_c11_a_hold_over_another_subject_or_lifted_before_does_not_stand_against_it() -> None:
    another = clean().before("erasure proposed", _held(subjects=(DAYS,)))
    lifted = Told(event=LegalHoldLifted(hold="h-1", digest=other()), by="hanna", at=JUNE)

    assert found("C11", another) == []
    assert found("C11", clean().before("erasure proposed", _held(), lifted)) == []


def test_c11_an_erasure_of_what_the_facility_keeps() -> None:
    event = made(ItemLinkedToMeasure, subject=TOWNS, measure="digi-1", kind="milestone", valid_from=Date("2025-06-01"))
    linked = Told(event=event, by="kaisa", at=JUNE, label="linked")
    tale = clean().before("erasure proposed", linked)

    shown = (tale.at("retention"), tale.at("linked"), tale.at("erasure confirmed"))
    assert found("C11", tale) == [("under-retention", shown)]


def test_c11_disclosures_taken_without_a_confirmed_erasure() -> None:
    tale = clean().without("erasure proposed", "erasure confirmed")

    assert found("C11", tale) == [("not-confirmed", (tale.at("disclosures erased"),))]


def test_c11_a_look_without_an_engagement() -> None:
    looks = LOOKS.then(look("aino", Role.AUDITOR, "trail", "2025-06-19", engagement="audit-1", label="early"))
    taken = LOOKS.instead("look", engagement=None, kind=Look.BUNDLE)

    assert found("C11", access_rows=looks.rows()) == [("no-engagement", (looks.at("early"),))]
    assert found("C11", access_rows=taken.rows()) == [("no-engagement", (taken.at("look"),))]


def test_c11_an_auditor_reads_without_an_engagement_what_everybody_reads() -> None:
    assert found("C11", access_rows=LOOKS.instead("look", engagement=None).rows()) == []


def test_c11_a_look_after_the_engagement_was_closed() -> None:
    closed = Told(event=EngagementClosed(engagement="audit-1"), by="aino", at=on("2025-06-22"))

    assert found("C11", clean().then(closed)) == [("no-engagement", (LOOKS.at("look"),))]


def test_c11_a_finding_of_one_who_never_looked_and_a_look_that_is_missing() -> None:
    tale, looks = clean(), LOOKS.rows()

    assert found("C11", access_rows=LOOKS.without("look").rows()) == [("look-not-logged", (tale.at("finding"),))]
    assert found("C11", access_rows=looks[1:]) == [("not-contiguous", (2,))]
    assert everything(access_rows=looks[1:])["C11"].exceptions[0].ledger == "kylki.access"


def test_c11_a_look_that_cannot_be_read() -> None:
    first, second = LOOKS.rows()

    assert found("C11", access_rows=(first, replace(second, body=b"{}"))) == [
        ("unreadable", (2,)),
        ("look-not-logged", (clean().at("finding"),)),
    ]
