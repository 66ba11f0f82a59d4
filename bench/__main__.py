"""`python -m bench [part…] [--json]`: measure, and print each figure with its target. `--help` names the parts."""

import argparse
import asyncio
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Coroutine
from datetime import date
from typing import Any

import psutil

from bench import append, controls, known_at, pages, replaying, sealing, starting, tailing, verify
from bench.figures import Figure
from services.log import configure_logging

PARTS: dict[str, Callable[[], Coroutine[Any, Any, list[Figure]]]] = {
    "append": append.run,
    "tail": tailing.run,
    "seal": sealing.run,
    "replay": replaying.run,
    "known-at": known_at.run,
    "controls": controls.run,
    "verify": verify.run,
    "pages": pages.run,
    "demo": starting.demo,
    "up": starting.up,
}


def machine() -> str:
    """What it runs on, without a name."""
    memory = psutil.virtual_memory().total / 2**30
    python = platform.python_version()
    return f"{psutil.cpu_count()} cores, {memory:.0f} GB memory, {platform.system()}, Python {python}"


def main() -> int:
    """Run the parts that are asked for; the answer is 1 if one of them failed. A missed target is no failure."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Etappi.")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="part", help=", ".join(PARTS))
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    asked = parser.parse_args()
    configure_logging("auto", "ERROR")
    told: list[dict[str, Any]] = []
    failed: dict[str, str] = {}
    started = time.perf_counter()
    load = os.getloadavg()[0]
    print(f"{date.today().isoformat()}, {machine()}, load average before it {load:.1f}")  # noqa: DTZ011 (the day as whoever runs it has it)
    for name in asked.parts or PARTS:
        print(f"\n{name}", flush=True)
        try:
            figures = asyncio.run(PARTS[name]())
        except Exception as error:  # noqa: BLE001 (the other parts are measured all the same)
            failed[name] = repr(error)
            print(f"  FAILED: {error}", flush=True)
            continue
        for figure in figures:
            print(figure.line(), flush=True)
        told += [{"part": name, **figure.json()} for figure in figures]
    wanted = [figure["met"] for figure in told if figure["met"] is not None]
    seconds = time.perf_counter() - started
    print(f"\n{sum(wanted)} of {len(wanted)} targets met; {len(failed)} parts failed; {seconds:.0f} s")
    if asked.json:
        said = {"date": date.today().isoformat(), "machine": machine(), "load": load, "figures": told, "failed": failed}  # noqa: DTZ011
        print(json.dumps(said))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
