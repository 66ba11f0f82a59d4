"""`etappi audit replay`, `difference`, `controls`, run as an auditor runs them, against a service on a real socket."""

import json
import zipfile

import pytest
from api.test_items import MILESTONE
from api.world import HALF_YEAR, LEDGER

from audit.conftest import Town
from audit.test_commands import Auditor, auditor, folder, guest

__all__ = ["auditor", "folder", "guest"]

ITEM = f"item {HALF_YEAR}/{MILESTONE}"


async def test_the_steps_say_who_did_what_why_and_what_changed(guest: Auditor) -> None:
    said = await guest.run("replay", "--step", "--subject", MILESTONE)
    whole = await guest.run("replay", "--step", "--subject", MILESTONE, "--json")

    assert (said.status, said.err) == (0, "")
    lines = [line for line in said.out.splitlines() if "item-signed-off" in line]
    assert len(lines) == 1
    assert "director (director)" in lines[0]
    assert "sign-off-items" in lines[0]
    assert f"{ITEM}: stage: submitted → signed-off" in " ".join(said.out.split())
    assert "119 rows of items" in said.out
    steps = json.loads(whole.out)["steps"]
    assert [each["type"] for each in steps][-2:] == ["item-submitted", "item-signed-off"]


async def test_a_page_of_steps_says_how_to_go_on(guest: Auditor) -> None:
    said = await guest.run("replay", "--step", "--after", "10", "--limit", "3")

    assert [line.split()[0] for line in said.out.splitlines()[1:4]] == ["11", "12", "13"]
    assert said.out.splitlines()[-1] == "More: --after 13"


async def test_a_difference_reads_as_a_table(still: Town, guest: Auditor) -> None:
    rows = await still.world.store.read_streams(LEDGER, {f"item/{HALF_YEAR}/{MILESTONE}": 0})
    said = await guest.run("difference", "--from", str(rows[0].position), "--year", "2024")

    assert (said.status, said.err) == (0, "")
    heading, about, *changes = said.out.splitlines()
    assert heading.split() == ["what", "from", "to", "by", "command", "events"]
    assert about.strip() == ITEM
    assert [line.split()[0] for line in changes[:-1]] == ["content", "evidence", "stage"]
    assert "e1 (revision 1)" in changes[1]
    assert changes[2].split()[1:] == [
        *("draft", "signed-off", "director", "(director)", "sign-off-items"),
        f"{rows[2].position},",
        str(rows[3].position),
    ]
    assert changes[-1] == f"3 changes from event {rows[0].position} to event {await still.world.store.head(LEDGER)}"


@pytest.mark.parametrize(
    ("view", "options", "shown"),
    [
        ("board", ("--year", "2024", "--round", "half-year"), "2024-half-year: open"),
        ("deadlines", ("--year", "2024"), "2024-08-15"),
        ("inbox", ("--person", "coordinator"), "publish"),
        ("items", ("--year", "2024", "--round", "half-year"), "signed-off"),
        ("roles", ("--valid-at", "2024-05-31"), "The leaver"),
    ],
)
async def test_each_view_is_shown_with_the_event_and_the_day(
    guest: Auditor, view: str, options: tuple[str, ...], shown: str
) -> None:
    said = await guest.run("replay", "--view", view, *options)

    assert (said.status, said.err) == (0, "")
    assert said.out.startswith(f"{LEDGER} as known at event ")
    assert shown in said.out


REFUSED = (
    (("replay",), 2, "Say what to replay"),
    (("replay", "--step", "--view", "roles"), 2, "Say what to replay"),
    (("replay", "--view", "roles", "--known-at", "2031-01-01T00:00:00Z"), 1, "instant-in-the-future"),
    (("replay", "--view", "board", "--year", "2024"), 1, "view-incomplete"),
    (("replay", "--view", "inbox", "--person", "nobody-at-all"), 1, "unknown-person"),
    (("difference", "--from", "90000"), 1, "no-such-position"),
    (("difference", "--from", "yesterday"), 1, "malformed-instant"),
    (("difference", "--from", "9", "--to", "3"), 1, "period-reversed"),
    (("controls", "--cycle", "2061"), 1, "unknown-cycle"),
    (("controls", "--format", "xlsx"), 2, "A workbook is written to a file"),
)


async def test_what_can_not_be_done_is_told_in_one_line(guest: Auditor) -> None:
    for words, status, begins in REFUSED:
        said = await guest.run(*words)
        assert (said.status, said.err.startswith(begins), said.out) == (status, True, ""), (words, said)
        assert len(said.err.strip().splitlines()) == 1


async def test_the_controls_are_tested_at_home_as_they_are_over_there(town: Town, auditor: Auditor) -> None:
    """Without the looks, which lie in another ledger, the same of each control but C11 and C14; with them of all."""
    await auditor.run("bundle", "-o", "keha.zip")
    await town.sealed("keha.access")
    there = await auditor.run("controls", "--format", "json")
    await auditor.run("bundle", "--scope", "looks", "-o", "looks.zip")

    home = await auditor.run("controls", "--format", "json", "--bundle", "keha.zip")
    with_looks = await auditor.run("controls", "--format", "json", "--bundle", "keha.zip", "--looks", "looks.zip")
    other = await auditor.run("controls", "--bundle", "keha.zip", "--looks", "keha.zip")
    alone = await auditor.run("controls", "--looks", "looks.zip")

    assert (there.status, home.status, there.err, home.err) == (0, 0, "", "")
    asked, less = json.loads(there.out), json.loads(home.out)
    assert json.loads(with_looks.out) == asked
    assert [each["control"] for each in asked["controls"] if each not in less["controls"]] == ["C11"]
    assert (asked["ledger"], asked["as_of"]) == (less["ledger"], less["as_of"])
    assert (other.status, other.err) == (2, "The looks at keha lie in keha.access, and this is a bundle of another.\n")
    assert (alone.status, "--bundle" in alone.err) == (2, True)


async def test_the_controls_are_written_as_text_and_as_a_workbook(guest: Auditor) -> None:
    text = await guest.run("controls", "--cycle", "2024")
    book = await guest.run("controls", "--format", "xlsx", "-o", "c.xlsx")

    assert "C01" in text.out
    assert "C19" in text.out
    assert book.out.startswith("c.xlsx: ")
    assert zipfile.is_zipfile(guest.folder / "c.xlsx")


async def test_a_bundle_that_is_not_of_the_whole_ledger_or_does_not_hold_tests_no_controls(guest: Auditor) -> None:
    await guest.run("bundle", "-o", "part.zip", "--scope", "milestone", "--subject", MILESTONE)
    await guest.run("bundle", "-o", "keha.zip")
    data = bytearray((guest.folder / "keha.zip").read_bytes())
    data[len(data) // 2] ^= 1
    (guest.folder / "broken.zip").write_bytes(data)

    part = await guest.run("controls", "--bundle", "part.zip")
    broken = await guest.run("controls", "--bundle", "broken.zip")

    assert (part.status, part.err) == (2, "The controls need the whole ledger, and this is a milestone.\n")
    assert (broken.status, broken.err.split(",")[0]) == (1, "broken.zip doesn't hold")


@pytest.mark.parametrize("without", ["--no-words", "--hashes"])
async def test_files_that_a_bundle_does_not_hold_are_not_tested_at_home(guest: Auditor, without: str) -> None:
    await guest.run("bundle", without, "-o", "keha.zip")

    home = await guest.run("controls", "--format", "json", "--bundle", "keha.zip")

    [c04] = [each for each in json.loads(home.out)["controls"] if each["control"] == "C04"]
    assert (c04["population"], c04["passes"], c04["untested"], c04["exceptions"]) == (2, 1, 1, [])
    assert "hashes are not tested" in c04["note"]
