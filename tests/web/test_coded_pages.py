"""No page of the auditor shows a code where its word should stand, over all kinds of events of the year."""

import re

import pytest

from domain.commands import COMMANDS
from services.web.languages import LANGUAGES
from services.web.words import OWN, word
from verifier.happened import HAPPENED
from web.site import Site
from web.walk import Read

LIST = re.compile(r'\[[\d"]')
"""A list as it stands in JSON."""
_SAID = {said for words in OWN.values() for each in words.values() for said in each}
CODES = {*COMMANDS, *HAPPENED} | {
    name
    for kind, words in OWN.items()
    if kind not in {"field", "rule", "phrase", "looked-at"}
    for name in words
    # A code that is a word in one of the languages, too, tells nothing.
    if name not in _SAID
}
"""Names of commands, types of events, values of enumerations and settings."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_has_a_word(language: str) -> None:
    words = {name: word(name, "command", language) for name in COMMANDS}

    assert [name for name, said in words.items() if name == said and name != "publish"] == []


@pytest.mark.parametrize("language", ["fi", "sv"])
async def test_no_code_stands_where_its_word_should(year: Site, language: str) -> None:
    client = await year.client_as("satu-auditor", language)
    paths = [
        *(f"/keha/audit/{part}{at}" for at in await of_each_type(year) for part in ("events/", "replay?at=")),
        *(f"/keha/audit/{part}" for part in ("trail", "looks", "engagements/rrf-2025", "controls?run=yes&cycle=all")),
        *(f"/keha/audit/difference?year={each}&since=2024-01-01" for each in (2024, 2025)),
    ]

    found = [(path, text) for path in paths for text in read((await client.get(path)).text)]

    assert [(path, text) for path, text in found if text in CODES or LIST.match(text)] == []


async def of_each_type(year: Site) -> list[int]:
    """The positions of the last event of each type."""
    last: dict[str, int] = {}
    after = None
    while True:
        page = await year.api("satu-auditor", "trail", limit=200, **({} if after is None else {"after": after}))
        last |= {each["type"]: each["position"] for each in page["entries"]}
        after = page["next"]
        if after is None:
            return sorted(last.values())


def read(page: str) -> list[str]:
    """The texts of a page's main part; what stands as code isn't among them."""
    return Read(page[page.index("<main") : page.index("</main>")]).texts
