"""The sites that tests of pages use: each has its people, and one doesn't see what another one does."""

from web.site import Site


async def test_the_agency_has_its_round_open_and_work_for_its_owner(agency: Site) -> None:
    me = await agency.api("owner", "me")

    assert me["today"] == "2024-06-03"
    assert (await agency.api("owner", "inbox"))["tasks"]


async def test_the_year_has_work_for_each_role(year: Site) -> None:
    for account in ("hanna-oja", "anne-tammi", "johanna-tem", "marja-ylitalo"):
        assert (await year.api(account, "inbox"))["tasks"]


async def test_what_is_done_in_a_copy_is_not_done_in_the_year(year: Site, year_copy: Site) -> None:
    before = await year.events()
    assert await year_copy.events() == before

    unit = {"unit": "new", "name": dict.fromkeys(("fi", "sv", "en"), "Uusi"), "valid_from": "2025-06-10"}
    await year_copy.do("aino-lehtonen", "register-unit", **unit)

    assert await year_copy.events() == before + 1
    assert await year.events() == before
