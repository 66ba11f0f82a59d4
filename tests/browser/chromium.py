"""Chromium as Debian packages it, driven by playwright, and what goes wrong in it without anybody saying so."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, Response, WebError

INSTALL = "apt-get install -y --no-install-recommends chromium fonts-dejavu-core"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
)
_REFUSED = "Failed to load resource"
"""What Chromium's console says of each answer of 400 and more: told from the answers themselves."""
_PAGES = frozenset({"document", "fetch", "xhr"})
"""What a page or a part of one is asked for by: a refusal is a page like others."""


def chromium() -> Path:
    """The browser's program."""
    found = shutil.which("chromium")
    if found is None:
        pytest.fail(f"There is no Chromium. Install it as root: {INSTALL}", pytrace=False)
    return Path(found)


def rules(port: int) -> str:
    """The flag by which the sites' names lead to the port of the tests, and all others nowhere."""
    return f"--host-resolver-rules=MAP *.localhost 127.0.0.1:{port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


@dataclass  # Without slots: playwright notes its wrappers of our methods here.
class Watch:
    """What must not happen while a test uses browsers, unless it says that it expects it."""

    hosts: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, pattern: str) -> None:
        """Let a fault be that has a match of the pattern: `seen.expect("503")`."""
        self.expected.append(pattern)

    def over(self, context: BrowserContext) -> None:
        """Watch all pages of a context."""
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("response", self._response)

    def left(self) -> list[str]:
        """The faults that nobody expected."""
        return [fault for fault in self.faults if not any(re.search(each, fault) for each in self.expected)]

    def _console(self, message: ConsoleMessage) -> None:
        # A violation of the policy comes as an error of the console, too.
        if message.type in {"error", "warning"} and not message.text.startswith(_REFUSED):
            self.faults.append(f"console {message.type}: {message.text}")

    def _error(self, error: WebError) -> None:
        self.faults.append(f"script: {error.error}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        # Chromium shows a PDF by an extension of its own: its files come from no host.
        if address.scheme not in {"data", "blob", "chrome-extension", "chrome"} and address.netloc not in self.hosts:
            self.faults.append(f"request to another host: {request.url}")

    def _response(self, response: Response) -> None:
        of_page = response.request.resource_type in _PAGES
        if response.status >= (500 if of_page else 400):
            self.faults.append(f"{response.status}: {response.request.method} {response.url}")


async def violations(page: Page) -> list[str]:
    """What axe finds on a page: each rule of WCAG 2.0 to 2.2, A and AA, and of best practice, with where it fails."""
    await page.evaluate(_AXE)
    found = await page.evaluate(
        "async tags => (await axe.run(document, {runOnly: tags, resultTypes: ['violations']})).violations", _TAGS
    )
    return [f"{each['id']}: {each['help']}: {_where(each)}" for each in found]


async def too_wide(page: Page) -> list[str]:
    """By how much a page must be pushed sideways to read it; nothing if it needn't be. Axe doesn't ask that."""
    wide = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [f"{wide} px wider than the window"] if wide > 0 else []


def _where(violation: Mapping[str, list[Mapping[str, object]]]) -> str:
    return "; ".join(f"{node['target']} {str(node['html'])[:200]}" for node in violation["nodes"][:5])


_AXE = Path(__file__).with_name("axe.min.js").read_text(encoding="utf-8")
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
