"""The agreement: its versions, what one says, who signs it, and what the coordinator does with it (R8; case 17)."""

from typing import Any

from starlette.responses import Response

from services.web import languages
from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page, Pages
from services.web.pages.organisation.place import barred, new_id, refusal

pages = Pages()
Shown = dict[str, Any]
_ONE = "/{ledger}/agreements/{version}"
_COMMANDS = {
    "decline": "decline-signature",
    "recall": "recall-draft",
    "send": "send-for-signature",
    "external": "recall-draft",
}
"""By which command each form is asked for."""


@pages.get("/{ledger}/agreements")
async def agreements(page: Page) -> Response:
    """All versions, and where each stands."""
    found = (await page.get("agreements"))["agreements"]
    return await page.render("agreement/agreements.html", versions=found)


@pages.get(_ONE)
async def agreement(page: Page) -> Response:
    """One version: what it says, who signed and who didn't."""
    return await _shown(page)


@pages.post(_ONE)
async def sign(page: Page) -> Response:
    """Sign exactly what was shown."""
    typed = await page.typed()
    body = {"version": page.part("version"), "slot": typed.text("slot"), "digest": typed.text("digest")}
    if (problem := await refusal(page, "sign-agreement", body)) is not None:
        return await _shown(page, problem)
    return page.to(_address(page), page.gettext("You have signed. The agreement is in force once all four have."))


@pages.get(_ONE + "/decline")
async def declining(page: Page) -> Response:
    """The form to decline."""
    return await _form(page, "decline")


@pages.post(_ONE + "/decline")
async def decline(page: Page) -> Response:
    """Decline to sign."""
    typed = await page.typed()
    body = {"version": page.part("version"), "slot": typed.text("slot"), "reason": typed.text("reason")}
    if (problem := await refusal(page, "decline-signature", body)) is not None:
        return await _form(page, "decline", problem)
    return page.to(_address(page), page.gettext("You declined. The version is a draft again."))


@pages.get(_ONE + "/recall")
async def recalling(page: Page) -> Response:
    """The form to call it back."""
    return await _form(page, "recall")


@pages.post(_ONE + "/recall")
async def recall(page: Page) -> Response:
    """Call the version back from signing."""
    body = {"version": page.part("version"), "reason": (await page.typed()).text("reason")}
    if (problem := await refusal(page, "recall-draft", body)) is not None:
        return await _form(page, "recall", problem)
    return page.to(_address(page), page.gettext("The version is a draft again."))


@pages.get(_ONE + "/send")
async def sending(page: Page) -> Response:
    """The form to send it for signature."""
    return await _sending(page)


@pages.post(_ONE + "/send")
async def send(page: Page) -> Response:
    """Send it for signature with its annexes."""
    typed = await page.typed()
    one = await _version(page)
    try:
        files = {name: await page.upload(file, name) for name, file in typed.files}
        body = {
            "version": one["version"],
            "holders": [
                {"slot": each["id"], "person": person}
                for each in one["slots"]
                if (person := typed.text(f"holder.{each['id']}"))
            ],
            "annexes": [
                {"id": each["id"], "file": files[name]}
                for each in one["annexes"]
                if (name := f"annex.{each['id']}") in files
            ],
        }
        await page.command("send-for-signature", body)
    except Problem as problem:
        return await _sending(page, problem)
    return page.to(_address(page), page.gettext("It is sent for signature: the signers are told."))


@pages.get(_ONE + "/external")
async def external(page: Page) -> Response:
    """The form for a signature that was made elsewhere."""
    return await _form(page, "external")


@pages.post(_ONE + "/external")
async def propose(page: Page) -> Response:
    """Say that somebody signed elsewhere, with the signed document."""
    typed = await page.typed()
    body: Shown = {"version": page.part("version"), "proposal": typed.text("proposal"), "slot": typed.text("slot")}
    try:
        body["document"] = await page.upload(typed.files[0][1], "document") if typed.files else None
        await page.command("propose-external-signature", body)
    except Problem as problem:
        return await _form(page, "external", problem)
    said = page.gettext("The signature waits for a second person, who compares it with the document.")
    return page.to(_address(page), said)


@pages.post(_ONE + "/signatures/{proposal}")
async def decide(page: Page) -> Response:
    """Confirm a signature that was made elsewhere, or take it off the table."""
    typed = await page.typed()
    body: Shown = {"version": page.part("version"), "proposal": page.part("proposal")}
    if typed.text("act") == "withdraw":
        command, said = "withdraw-external-signature", page.gettext("The proposal is withdrawn.")
    else:
        command, said = "confirm-external-signature", page.gettext("The signature is recorded.")
        body["digest"] = typed.text("digest")
    if (problem := await refusal(page, command, body)) is not None:
        return await _shown(page, problem)
    return page.to(_address(page), said)


def _address(page: Page) -> str:
    return page.address("agreements", page.part("version"))


async def _version(page: Page) -> Shown:
    found: Shown = await page.get(f"agreements/{page.part('version')}")
    return found


async def _sending(page: Page, problem: Problem | None = None) -> Response:
    organisation: Shown = await page.get("organisation")
    people = [
        each["person"]
        for each in sorted(organisation["people"], key=lambda each: str(each["name"]))
        if each["closed_from"] is None or each["closed_from"] > page.today
    ]
    return await _form(page, "send", problem, people=people)


async def _form(page: Page, act: str, problem: Problem | None = None, **values: Any) -> Response:
    one = await _version(page)
    page.crumbs = [*_crumbs(page), Link(_address(page), languages.chosen(one["title"], page.language))]
    mine = next((each["id"] for each in one["slots"] if each["person"] == page.person), None)
    asked = {"version": one["version"]} | {
        "decline": {"slot": mine or one["slots"][0]["id"], "reason": "-"},
        "recall": {"reason": "-"},
        "send": {"holders": [], "annexes": []},
        # The same people at the same stage: who records a signature has its document first.
        "external": {"reason": "-"},
    }[act]
    return await page.render(
        f"agreement/{act}.html",
        problem=problem,
        barred=await barred(page, _COMMANDS[act], asked, problem),
        one=one,
        mine=mine,
        new=new_id(),
        **values,
    )


async def _shown(page: Page, problem: Problem | None = None) -> Response:
    one = await _version(page)
    page.crumbs = _crumbs(page)
    signing = one["stage"] == "signing"
    mine = [each for each in one["slots"] if signing and each["person"] == page.person and each["signed_by"] is None]
    return await page.render(
        "agreement/agreement.html",
        problem=problem,
        one=one,
        contents=_contents(one),
        mine=mine[0] if mine else None,
        waiting=[each | {"refused": await _refused(page, one["version"], each)} for each in one["proposals"]],
        coordinating="coordinator" in page.roles,
    )


async def _refused(page: Page, version: str, proposal: Shown) -> Problem | None:
    body = {"version": version, "proposal": proposal["proposal"], "digest": proposal["digest"]}
    return await page.may("confirm-external-signature", body)


def _contents(one: Shown) -> list[Shown]:
    """The parts in their order, each with its targets (by group) and its tables of indicators."""
    return [
        part
        | {
            "groups": [
                ({"title": None} | group, [each for each in one["targets"] if _in(each, part, group)])
                for group in [{"group": None}, *(each for each in one["groups"] if each["part"] == part["part"])]
            ],
            "tables": [
                (table, [each for each in one["indicators"] if each["table"] == table["table"]])
                for table in one["tables"]
                if table["part"] == part["part"]
            ],
        }
        for part in one["parts"]
    ]


def _in(target: Shown, part: Shown, group: Shown) -> bool:
    return bool(target["part"] == part["part"] and target["group"] == group["group"])


def _crumbs(page: Page) -> list[Link]:
    return [Link(page.address("agreements"), page.gettext("Agreement"))]


__all__ = ["pages"]
