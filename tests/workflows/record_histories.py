"""Record the histories that test_history.py replays, one for each workflow and one with timers:

    pytest tests/workflows/record_histories.py

Do so after a change of the loop that `workflow.patched` guards, and keep the old files beside the new ones as long as
workflows of the old kind may run.
"""

from pathlib import Path

from workflows.conftest import House
from workflows.story import PROCESSES, a_year

HISTORIES = Path(__file__).parent / "histories"


async def test_histories_are_recorded(house: House) -> None:
    await a_year(house)

    for name, process in PROCESSES.items():
        (HISTORIES / f"{name}.json").write_text((await house.history(process)).to_json() + "\n")
    house.agency = await house.agency.on_the_wall_clock()
    async with house.open():
        await house.agency.send()
        await house.agency.sign()
        await house.settle()
        await house.looked(PROCESSES["ReportingCycle"])
    kept = (await house.history(PROCESSES["ReportingCycle"])).to_json()
    (HISTORIES / "ReportingCycle-on-the-wall-clock.json").write_text(kept + "\n")
