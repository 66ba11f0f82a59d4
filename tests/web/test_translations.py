"""Every text of the pages is there in Finnish and Swedish, and nothing is translated that no page says."""

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import Environment

from services.web import languages

WEB = Path(languages.__file__).parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"extensions": "jinja2.ext.do", "trimmed": "false", "silent": "false"}}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3)}
LANGUAGES = ("fi", "sv")
SHOWN = frozenset({"aria-label", "title", "placeholder", "alt"})
WORD = re.compile(r"\b[A-ZÅÄÖ][a-zåäö]+|[a-zåäö]{2,} [a-zåäö]{2,}")
"""A word that begins a sentence, or two in a row: single small ones are parts of tags that a macro fills in."""
NAMES = frozenset({"Etappi"})
"""What is called so in every language."""
PLACES = re.compile(r"%\((\w+)\)[sd]|%[sd]")

Key = tuple[str | None, str | tuple[str, ...]]


def said() -> dict[Key, str]:
    """Each text that a template or a module says, with its context, and where."""
    found: dict[Key, str] = {}
    for file, line, message, _, context in extract_from_dir(WEB, METHODS, OPTIONS, KEYWORDS):
        found.setdefault(key_of(context, message), f"{file}:{line}")
    return found


def untranslated(language: str) -> set[str]:
    """The texts in English, but for what is a word of the language, too: a revision is an audit in Swedish."""
    catalogue = languages.translations(language)
    meant = {text: catalogue.gettext(text) for _, text in said() if isinstance(text, str)}
    return meant.keys() - set(meant.values())


def translated(language: str) -> Iterator[tuple[Path, Key, Message]]:
    """Each message of a language's files."""
    for file in sorted((WEB / "translations" / language).glob("*.po")):
        with file.open("rb") as opened:
            for message in read_po(opened, locale=language):
                if message.id:
                    yield file, key_of(message.context, message.id), message


def key_of(context: str | None, text: str | Sequence[str]) -> Key:
    return context, text if isinstance(text, str) else tuple(text)


def strings(message: Message) -> tuple[str, ...]:
    said = message.string or ()
    return (said,) if isinstance(said, str) else tuple(said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_has_a_translation(language: str) -> None:
    there = {key for _, key, message in translated(language) if all(strings(message)) and not message.fuzzy}

    assert [f"{place}: {key[1]}" for key, place in said().items() if key not in there] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_translated_that_no_page_says(language: str) -> None:
    wanted = said()

    assert [f"{file.name}: {key[1]}" for file, key, _ in translated(language) if key not in wanted] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_places_that_are_filled_in(language: str) -> None:
    for file, key, message in translated(language):
        said_as = (key[1],) if isinstance(key[1], str) else key[1]
        wanted = {place for text in said_as for place in PLACES.findall(text)}
        for text in strings(message):
            assert set(PLACES.findall(text)) <= wanted, f"{file.name}: {text}"
            assert isinstance(message.id, tuple | list) or set(PLACES.findall(text)) == wanted, f"{file.name}: {text}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogues_are_read_as_one(language: str) -> None:
    catalogue = languages.translations(language)

    for _, key, message in translated(language):
        if isinstance(key[1], str) and key[0] is None:
            assert catalogue.gettext(key[1]) == message.string


class Written(HTMLParser):
    """The words that a template has outside of what is translated."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.words += [value for name, value in attrs if value and name in SHOWN and WORD.search(value)]

    def handle_data(self, data: str) -> None:
        if WORD.search(data):
            self.words.append(data.strip(" \n\N{EN DASH}"))


@pytest.mark.parametrize("template", sorted((WEB / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_a_template_says_nothing_in_one_language_only(template: Path) -> None:
    written = Written()
    # What Jinja fills in counts as a blank, also inside of a tag.
    for _, kind, text in Environment().lex(template.read_text(encoding="utf-8")):
        written.feed(text if kind == "data" else "" if kind.startswith(("comment", "whitespace")) else " ")

    assert [word for word in written.words if word not in NAMES] == []
