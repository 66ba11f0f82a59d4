"""Play the demo year and keep its log: `python tests/controls/record_year.py`, which takes about two minutes.

Writes year.jsonl.gz beside this file: one row of the log a line, in order, bytes as base64. To be run when the demo's
story or the format of the log changes; words are not in it, only their commitments.
"""

import asyncio
import gzip
import tempfile
from pathlib import Path

from recorded import YEAR, line_of

from domain.events.envelope import Row
from services.cli.demo import play_stages, running
from services.cli.processes import configured
from services.cli.screen import Screen
from services.demo.play import LEDGER
from services.demo.provider import demo_provider
from services.demo.year import REST, UNTIL_JUNE


async def _rows(folder: Path) -> list[Row]:
    screen = Screen()
    async with running(configured(quiet=True), folder, screen) as (parts, _):
        await play_stages(parts, demo_provider("http://etappi/idp"), UNTIL_JUNE + REST, screen)
        return [row async for row in parts.store.stream_all(LEDGER)]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="etappi-year-") as folder:
        Path(folder).chmod(0o755)
        rows = asyncio.run(_rows(Path(folder)))
    text = "".join(f"{line_of(row)}\n" for row in rows)
    # Without a time in its header, the file of the same rows is the same file.
    YEAR.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{len(rows)} events, {YEAR.stat().st_size} bytes")  # noqa: T201


if __name__ == "__main__":
    main()
