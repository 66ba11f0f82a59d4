"""The audit trail and its events: who did what, and the proof that it stands in the log."""

import html
import re

import pytest

from web.site import Site

TRAIL = "/keha/audit/trail"
MOVED = 754
"""The event by which a director's date was moved after it had passed."""


async def test_the_trail_says_who_did_what_for_whom_and_by_which_command(year: Site) -> None:
    client = await year.client_as("satu-auditor")

    page = (await client.get(TRAIL, params={"type": "deadline-extended", "unit": "data-analytics"})).text

    assert "Määräaikaa jatkettu</a>" in page
    assert "Tieto ja analytiikka" in page
    assert "Tuula Kanerva" in page
    assert "koordinoija" in page
    assert "Määräajan pidentäminen" in page


async def test_the_newest_comes_first_and_the_list_goes_on_from_page_to_page(year: Site) -> None:
    client = await year.client_as("satu-auditor")

    first = (await client.get(TRAIL)).text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = (await client.get(html.unescape(following[1]))).text

    assert positions(first) == sorted(positions(first), reverse=True)
    assert max(positions(second)) == min(positions(first)) - 1


async def test_the_trail_is_narrowed_by_words_days_and_the_recovery_facility(year: Site) -> None:
    client = await year.client_as("satu-auditor")
    asked = {"q": "transition", "rrf": "yes", "since": "2025-01-01", "until": "2025-01-31", "order": "oldest"}
    told = await year.api(
        "satu-auditor",
        "trail",
        q="transition",
        rrf="true",
        since="2025-01-01T00:00:00+02:00",
        until="2025-02-01T00:00:00+02:00",
        limit=50,
    )

    page = (await client.get(TRAIL, params=asked)).text

    assert positions(page) == [each["position"] for each in told["entries"]]


FILTERS = {
    "q": ("hyväksytty", {"q": "hyväksytty"}),
    "person": ("p-05", {"person": "p-05"}),
    "unit": ("data-analytics", {"unit": "data-analytics"}),
    "subject": ("transition-provision-systems-2024", {"subject": "transition-provision-systems-2024"}),
    "type": ("item-signed-off", {"type": "item-signed-off"}),
    "since": ("2025-01-10", {"since": "2025-01-10T00:00:00+02:00"}),
    "until": ("2025-01-31", {"until": "2025-02-01T00:00:00+02:00"}),
    "rrf": ("yes", {"rrf": "true"}),
}
"""Each filter of the form, and what it asks of the API."""


@pytest.mark.parametrize("chosen", [*((each,) for each in FILTERS), ("unit", "type", "since"), tuple(FILTERS)])
async def test_each_filter_works_alone_and_with_others_and_goes_on_to_the_next_page(
    year: Site, chosen: tuple[str, ...]
) -> None:
    client = await year.client_as("satu-auditor")
    asked = {name: FILTERS[name][0] for name in chosen}
    wanted: dict[str, str] = {}
    for name in chosen:
        wanted |= FILTERS[name][1]
    told = await year.api("satu-auditor", "trail", order="newest", limit=100, **wanted)

    page = (await client.get(TRAIL, params=asked)).text
    following = re.search(r'rel="next" href="([^"]+)"', page)
    second = "" if following is None else (await client.get(html.unescape(following[1]))).text

    assert positions(page) + positions(second) == [each["position"] for each in told["entries"]]
    for name, value in asked.items():
        assert holds(page, name, value), name
        assert not second or holds(second, name, value), name


def holds(page: str, name: str, value: str) -> bool:
    """Whether a field of the form holds what was asked for."""
    chosen = re.search(rf'<select id="f-{name}".*?</select>', page, re.DOTALL)
    if chosen is not None:
        return f'value="{value}" selected' in chosen[0]
    typed = re.search(rf'<input[^>]* id="f-{name}"[^>]*>', page)
    return typed is not None and (f'value="{value}"' in typed[0] if name != "rrf" else " checked" in typed[0])


async def test_a_search_that_finds_nothing_says_what_to_do(year: Site) -> None:
    client = await year.client_as("satu-auditor")

    page = (await client.get(TRAIL, params={"q": "qwertyuiop"})).text

    assert "Mikään tapahtuma ei vastaa hakua" in page
    assert "Näytä kaikki tapahtumat" in page


async def test_a_day_that_is_none_is_told_at_its_field(year: Site) -> None:
    client = await year.client_as("satu-auditor")

    answer = await client.get(TRAIL, params={"since": "31.2.2025", "q": "<script>x</script>"})

    assert answer.status_code == 422
    assert 'id="f-since-error"' in answer.text
    assert "&lt;script&gt;x&lt;/script&gt;" in answer.text
    assert "<script>x" not in answer.text


async def test_an_event_shows_all_that_it_says_and_its_proof(year: Site) -> None:
    client = await year.client_as("satu-auditor")

    page = (await client.get(f"/keha/audit/events/{MOVED}")).text

    assert "<h1>Määräaikaa jatkettu</h1>" in page
    assert "Tapahtuman on todistettu olevan sinetöidyssä lokissa" in page
    assert page.count('<code class="long">') >= 10
    assert "Tieto ja analytiikka" in page


async def test_an_event_that_there_is_none_of_is_no_page(year: Site) -> None:
    client = await year.client_as("satu-auditor")

    answers = [await client.get(f"/keha/audit/events/{each}") for each in (0, 999_999, "x", "1" * 30)]

    assert [each.status_code for each in answers] == [404, 404, 404, 404]


async def test_who_may_not_read_an_event_gets_no_page_of_it(year: Site) -> None:
    """Drafts of another unit are no director's business before they are delivered; findings of others never."""
    director = await year.client_as("anne-tammi")
    finding = (await year.api("satu-auditor", "trail", type="finding-raised"))["entries"][0]

    answer = await director.get(f"/keha/audit/events/{finding['position']}")

    assert "Johtajan määräaikaa siirrettiin" not in answer.text


def positions(page: str) -> list[int]:
    """The events that a trail lists, in its order."""
    listed = page.partition('id="trail"')[2].partition("<nav")[0]
    return [int(each) for each in re.findall(r'href="/keha/audit/events/(\d+)"', listed)]
