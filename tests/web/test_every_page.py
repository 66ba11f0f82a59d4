"""Every page that somebody reaches, in each language: it answers, it has what each page has, and it is translated."""

import pytest

from services.web.languages import LANGUAGES, translations
from web.site import Site
from web.test_translations import said, untranslated
from web.walk import GETS, PEOPLE, STARTS, Seen, walked

DASH = "\N{EN DASH}"
_AGREEMENT, _ORGANISATION = "/{ledger}/agreements/{version}", "/{ledger}/organisation"
UNREACHED = frozenset(
    {
        "/signed-in",
        # Forms that are sent by GET lead there.
        "/{ledger}/audit/bundles/file",
        "/{ledger}/audit/controls/file",
        # The demo's agreement is signed: what is done before that is gone. Their own tests have a draft.
        f"{_AGREEMENT}/decline",
        f"{_AGREEMENT}/external",
        f"{_AGREEMENT}/recall",
        f"{_AGREEMENT}/send",
        # Nothing is erased or held in the demo. Their own tests do it.
        f"{_ORGANISATION}/erasures/{{erasure}}",
        f"{_ORGANISATION}/holds/{{hold}}",
    }
)
"""Addresses that no link of the demo year on 10 June 2025 leads to."""


@pytest.fixture(scope="session")
async def pages(year: Site, finnish: list[Seen]) -> dict[str, list[Seen]]:
    """All pages of each role, in each language."""
    others = [language for language in LANGUAGES if language != "fi"]
    return {"fi": finnish} | {
        language: [seen for account in PEOPLE.values() for seen in await walked(year, account, language, STARTS)]
        for language in others
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_leads_to_a_page(pages: dict[str, list[Seen]], language: str) -> None:
    assert [(seen.account, seen.path, seen.status) for seen in pages[language] if seen.status != 200] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_what_each_page_has(pages: dict[str, list[Seen]], language: str) -> None:
    for seen in filter(lambda each: each.text, pages[language]):
        where = f"{seen.account}: {seen.path}"
        assert seen.read.lang == language, where
        assert seen.read.h1 == 1, where
        assert seen.read.mains == 1, where
        assert seen.read.title.split(DASH)[0].strip(), where
        assert seen.read.links[0] == "#main", f"{where}: a skip link is first"
        assert "main" in seen.read.ids, where
        assert len(seen.read.ids) == len(set(seen.read.ids)), f"{where}: an id stands twice"


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_no_text_is_left_untranslated(pages: dict[str, list[Seen]], language: str) -> None:
    english = untranslated(language)

    left = {(seen.route, text) for seen in pages[language] for text in seen.read.texts if text in english}

    assert sorted(left) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_what_people_wrote_is_in_another_language(pages: dict[str, list[Seen]], language: str) -> None:
    ours = {text for _, text in said() if isinstance(text, str)}
    ours |= {translations(each).gettext(text) for each in LANGUAGES for text in ours}

    left = {(seen.route, text) for seen in pages[language] for text in seen.read.foreign if text in ours}

    assert sorted(left) == []


def test_every_page_is_reached_by_somebody(pages: dict[str, list[Seen]]) -> None:
    assert set(GETS) - {seen.route for seen in pages["fi"]} - UNREACHED == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_shows_what_a_template_left_over(pages: dict[str, list[Seen]], language: str) -> None:
    for seen in pages[language]:
        for text in seen.read.texts:
            assert text not in {"None", "True", "False", "[]", "{}"}, f"{seen.account}: {seen.path}"
            assert "{'" not in text, f"{seen.account}: {seen.path}: {text}"
