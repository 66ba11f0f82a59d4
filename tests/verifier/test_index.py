"""The index of a bundle, as browsers and screen readers have it: offline, in three languages, and nothing runs."""

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from bundled import ROUND, SUBJECT, contents, ledger, numbered, rebuilt, within, write

from domain.events.codec import EVENTS, decode_metadata, encode, encode_metadata
from domain.events.erasure import ErasureConfirmed, ErasureProposed, Place
from domain.events.event import Event
from domain.events.organisation import PersonRegistered, UnitRegistered
from domain.values import Date, Digest, Id, Language, PersonId, SubjectId, Title, UnitId, Words
from verifier.contents import Contents
from verifier.happened import HAPPENED
from verifier.index import Facts, index
from verifier.scope import Milestone, Period, Scope, Submission
from verifier.spoken import moment
from verifier.verify import verify
from verifier.words import LANGUAGES, WORDS, word

VOID = {"meta", "br"}


class Page(HTMLParser):
    """The elements of a page, each closed where it must be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    def tags(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def page(path: Path, language: str, scope: Scope | None = None, *, known: bool = True) -> tuple[Page, str]:
    rows = ledger()[0]
    shown = {} if scope is None else {"shown": within(scope, rows)}
    write(path, rows, scope, disclosed=None if known else {}, **shown)  # type: ignore[arg-type]
    assert verify(path).ok
    text = contents(path.read_bytes())[f"index.{language}.html"].decode()
    return Page(text), text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bundle.zip"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_has_what_a_screen_reader_needs(path: Path, language: str) -> None:
    found, text = page(path, language)

    assert text.startswith("<!doctype html>\n")
    assert found.tags("html") == [{"lang": language}]
    assert len(found.tags("title")) == len(found.tags("h1")) == len(found.tags("main")) == 1
    assert all(each.get("scope") in {"col", "row"} for each in found.tags("th"))
    assert len(found.tags("caption")) == len(found.tags("table")) > 4
    assert all(each["aria-label"] and each["tabindex"] == "0" for each in found.tags("div"))
    assert "@media print" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_asks_nothing_of_anybody_and_runs_nothing(path: Path, language: str) -> None:
    found, text = page(path, language)

    names = {name for name, _ in found.found}
    attributes = {attribute for _, each in found.found for attribute in each}
    assert not names & {"script", "link", "img", "iframe", "object", "form", "base", "a"}
    assert not attributes & {"src", "href", "style", "onload", "onclick"}
    assert "url(" not in text
    assert {"http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"} in (
        found.tags("meta")
    )


def test_words_are_shown_as_text_and_never_as_marks(path: Path) -> None:
    found, text = page(path, "fi")

    assert "&lt;b&gt;&amp;" in text
    assert any("<b>&" in each for each in found.texts)
    assert not found.tags("b")
    assert "<small>tiedosto:</small> pöytäkirja.txt" in text


def test_each_language_says_it_in_its_words(path: Path) -> None:
    texts = {language: page(path, language)[1] for language in LANGUAGES}

    for number, language in enumerate(LANGUAGES):
        for key in ("title", "lead", "counts", "lights", "evidence", "light/3", "stage/delivered", "subject/milestone"):
            assert WORDS[key][number].replace("'", "&#x27;") in texts[language], key
        assert SUBJECT in texts[language]
        assert ROUND in texts[language]


def test_a_demo_ledger_is_called_simulated(path: Path) -> None:
    assert "Simuloitu" in page(path, "fi")[1]
    assert "Simuloitu" in page(path, "fi", Period(first=2, last=9))[1]


def test_words_that_are_withheld_are_marked(path: Path) -> None:
    assert "withheld from the bundle" not in page(path, "en")[1]
    assert "withheld from the bundle" in page(path, "en", known=False)[1]


def test_lights_that_cannot_be_replayed_are_not_claimed(path: Path) -> None:
    assert "For this scope lights cannot be replayed." in page(path, "en", Period(first=2, last=9))[1]
    assert ">green</span> (actual)" in page(path, "en", Milestone(subject=SubjectId(SUBJECT)))[1]


def test_a_page_says_nothing_else_than_the_events(path: Path) -> None:
    _, text = page(path, "sv")
    files = contents(path.read_bytes())
    path.write_bytes(rebuilt({**files, "index.sv.html": text.replace("grönt", "gult").encode()}))

    assert [each.what for each in verify(path).faults] == ["index.sv.html says something else than the events do"]


def test_each_type_of_event_has_its_words_in_each_language() -> None:
    assert HAPPENED.keys() == EVENTS.keys()
    assert all(len(words) == len(LANGUAGES) and all(words) for words in HAPPENED.values())


NAME, CONTACT, LOGIN, TITLE, AUTHORITY, REASON = (Words(digit * 64) for digit in "123456")
ERASED_AT = datetime(2026, 11, 24, 9, 5, tzinfo=UTC)


def told(language: str, *, opened: bool = True) -> str:
    """The index of four events: a person and a unit get names, the person's contact is erased by authority."""
    events: tuple[Event, ...] = (
        PersonRegistered(person=PersonId("p-1"), name=NAME, contact=CONTACT, login=LOGIN, language=Language.FI),
        UnitRegistered(unit=UnitId("payments"), name=Title(TITLE), valid_from=Date("2024-01-01")),
        ErasureProposed(
            erasure=Id("e-1"),
            places=(Place(of="organisation", commitments=(Digest(CONTACT),)),),
            reason=REASON,
            authority=AUTHORITY,
        ),
        ErasureConfirmed(erasure=Id("e-1"), digest=Digest("0" * 64), commitments=(Digest(CONTACT),)),
    )
    by = replace(decode_metadata(ledger()[0][-1].metadata), actor_kind="person", actor="p-1", wall=None)
    template = replace(ledger()[0][-1], recorded_at=ERASED_AT, metadata=encode_metadata(by))
    found = Contents(Submission(round=ROUND, unit=UnitId("payments")))
    for row in numbered(
        replace(template, stream=each.stream, type=each.type, schema=each.schema, body=encode(each)) for each in events
    ):
        found.event(row)
    if opened:
        found.opened(NAME, "name", "Maija Meikäläinen")
        found.opened(TITLE, "name", {"fi": "Maksut", "sv": "Betalningar", "en": "Payments"})
        found.opened(AUTHORITY, "authority", "päätös 1/2026")
        found.erased(CONTACT, "e-1", 4)
    facts = Facts(contents=found, ledger="keha", origin="o", size=4, root="00", lights=None, light_count=0, stamps=())
    return index(facts, language).decode()


@pytest.mark.parametrize(
    ("language", "unit", "at"),
    [
        ("fi", "Maksut", "24.11.2026 klo\u00a009.05.00"),
        ("sv", "Betalningar", "24.11.2026 kl.\u00a009.05.00"),
        ("en", "Payments", "24 November 2026, 09:05:00"),
    ],
)
def test_people_units_and_instants_are_told_as_the_language_has_them(language: str, unit: str, at: str) -> None:
    text = told(language)

    assert "Maija Meikäläinen<br><small>p-1</small>" in text
    assert f":</small> {unit}" in text
    assert f"{unit}<br><small>payments</small>" in text
    assert text.count(at) >= 4
    assert "Simul" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_erased_says_when_and_by_what_authority(language: str) -> None:
    """Case 20."""
    text = told(language)

    at = moment(ERASED_AT, language)
    assert word("erased-at", language).format(time=at) in text
    assert word("by-authority", language).format(authority="päätös 1/2026") in text
    assert "e-1" in text
    assert text.count(word("withheld", language)) == 2


def test_names_that_are_withheld_leave_the_ids() -> None:
    text = told("en", opened=False)

    assert "<td>p-1</td>" in text
    assert "Maija" not in text
    assert text.count(word("withheld", "en")) == 6
