"""The feedback form: open to anybody, bounded, read by administrators alone."""

import pytest

from services.web import feedback as kept
from web.site import Site


async def test_anybody_gives_feedback_and_an_administrator_reads_it(agency: Site) -> None:
    client = agency.client()
    page = await client.get("/keha/feedback")
    assert "Mitä haluat kertoa?" in page.text

    thanks = await client.post(
        "/keha/feedback", data={"said": "Ei <b>toimi</b>", "contact": "a@b.example", "page": "/"}
    )

    assert "Kiitos palautteesta" in thanks.text
    read = await (await agency.client_as("admin")).get("/keha/feedback/received")
    assert "Ei &lt;b&gt;toimi&lt;/b&gt;" in read.text
    assert "a@b.example" in read.text
    refused = await (await agency.client_as("owner")).get("/keha/feedback/received")
    assert refused.status_code == 403


@pytest.mark.parametrize("said", ["", " ", "x" * 5_001, "\x00"])
async def test_what_is_no_feedback_is_refused_and_stays_typed(agency: Site, said: str) -> None:
    answer = await agency.client().post("/feedback", data={"said": said, "contact": "minä"})

    assert answer.status_code == 422
    assert 'href="#f-said"' in answer.text
    assert 'value="minä"' in answer.text


async def test_the_form_does_not_fill_the_database(agency: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_AN_HOUR", 1)
    client = agency.client()
    assert (await client.post("/feedback", data={"said": "yksi"})).status_code == 200

    answer = await client.post("/feedback", data={"said": "kaksi"})

    assert answer.status_code == 429
    assert "kaksi" in answer.text
    assert await agency.parts.pool.fetchval("SELECT count(*) FROM app.feedback") == 1


async def test_one_sender_does_not_take_the_form_from_the_others(agency: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_OF_ONE", 1)
    first, second = agency.client(address="192.0.2.1"), agency.client(address="192.0.2.2")
    assert (await first.post("/feedback", data={"said": ""})).status_code == 422
    assert (await first.post("/feedback", data={"said": "yksi"})).status_code == 200

    again = await first.post("/keha/feedback", data={"said": "kaksi", "contact": "a@b.example"})
    other = await second.post("/feedback", data={"said": "kolme"})

    assert (again.status_code, other.status_code) == (429, 200)
    assert "kaksi" in again.text
    assert "a@b.example" in again.text
    rows = await agency.parts.pool.fetch("SELECT f::text AS row, said FROM app.feedback f ORDER BY id")
    assert [each["said"] for each in rows] == ["yksi", "kolme"]
    assert "192.0.2" not in str(rows)


@pytest.mark.parametrize(
    ("language", "about", "keeps", "reads"),
    [
        ("fi", "Palautteesi", "poistetaan vuoden kuluttua", "pääkäyttäjät"),
        ("sv", "Din respons", "raderas efter ett år", "administratörer"),
        ("en", "Your feedback", "deleted after a year", "administrators"),
    ],
)
async def test_the_privacy_notice_says_what_is_kept_of_feedback_how_long_and_who_reads_it(
    agency: Site, language: str, about: str, keeps: str, reads: str
) -> None:
    notice = (await agency.client(language).get("/privacy")).text

    _, _, told = notice.partition(f"<dt>{about}</dt>")
    told = told.partition("</dd>")[0]
    assert keeps in told
    assert reads in told


async def test_old_feedback_goes(agency: Site) -> None:
    await agency.client().post("/feedback", data={"said": "uusi"})
    await agency.parts.pool.execute(
        "INSERT INTO app.feedback (received_at, answer_by, language, page, said) "
        "VALUES (now() - interval '366 days', now(), 'fi', '', 'vanha')"
    )
    store = kept.Feedback(agency.parts.pool)

    await store.sweep()

    assert [each["said"] for each in await store.of("keha")] == ["uusi"]
