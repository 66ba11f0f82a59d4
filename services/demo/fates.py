"""How it goes with each milestone and indicator of the sample year: made up, fixed, and counted nowhere else.

The agreement names no outcomes; every status, number and word here is an assumption of the demo.
"""

from dataclasses import dataclass
from typing import Any

from domain.events.agreement import IndicatorDefined, MilestoneDefined
from domain.values import PersonId, SubjectId

GREEN, YELLOW, RED = 3, 2, 1

CAUSES = (
    "Rekrytointi viivästyi, ja asiantuntijoita oli käytettävissä suunniteltua vähemmän.",
    "Toimittajan julkaisu siirtyi, ja testaus alkoi kaksi kuukautta myöhässä.",
    "Lainsäädännön aikataulu muuttui, ja määrittelyt jouduttiin tekemään uudelleen.",
    "Yhteistyökumppanin resurssit kohdennettiin kesken vuoden toisin.",
)
RISKS = (
    "Viive siirtyy seuraavan vuoden tavoitteisiin.",
    "Palvelun laatu heikkenee, jos työtä ei saada valmiiksi ennen muutosta.",
    "Kustannukset kasvavat, kun rinnakkaisia järjestelmiä ylläpidetään pidempään.",
)
ACTIONS = (
    "Työhön on nimetty toinen asiantuntija, ja etenemistä seurataan kuukausittain.",
    "Toimittajan kanssa on sovittu korjatusta aikataulusta ja välitarkastuksesta.",
    "Toteutus on jaettu osiin, joista tärkein valmistuu ensin.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is reported on one milestone: status, light, and for whom a deviation's action is."""

    status: str
    light: int
    needs_evidence: bool

    def body(self, milestone: MilestoneDefined, number: int, owner: PersonId, due: str) -> dict[str, Any]:
        """The fields of the report that say it."""
        return {
            "status": self.status,
            "light": self.light,
            "checklist": [
                {"id": entry.id, "done": self.light == GREEN or place == 0}
                for place, entry in enumerate(milestone.checklist)
            ],
            "explanation": None if self.light == GREEN else explanation(number, owner, due),
        }


def explanation(number: int, owner: PersonId, due: str) -> dict[str, Any]:
    """Cause, risk and action of a deviation."""
    return {
        "cause": CAUSES[number % len(CAUSES)],
        "risk": RISKS[number % len(RISKS)],
        "action": ACTIONS[number % len(ACTIONS)],
        "action_owner": owner,
        "action_due": due,
    }


def half_year(number: int, milestone: MilestoneDefined) -> Outcome:
    """How the year's milestones stand in June: most proceed as planned, one in five is reached."""
    if number % 5 == 0 or (milestone.due_by is not None and milestone.due_by <= "2024-06-30"):
        return Outcome(status="reached", light=GREEN, needs_evidence=True)
    if number % 23 == 7:
        return Outcome(status="not-started", light=RED, needs_evidence=False)
    if number % 10 == 3:
        return Outcome(status="in-progress", light=YELLOW, needs_evidence=False)
    return Outcome(status="not-started" if number % 17 == 1 else "in-progress", light=GREEN, needs_evidence=False)


def annual(number: int) -> Outcome:
    """How they ended: most reached, some in part, four not."""
    if number % 23 == 7:
        return Outcome(status="not-reached", light=RED, needs_evidence=False)
    if number % 31 == 11:
        return Outcome(status="partly-reached", light=RED, needs_evidence=False)
    if number % 9 == 4:
        return Outcome(status="partly-reached", light=YELLOW, needs_evidence=False)
    return Outcome(status="reached", light=GREEN, needs_evidence=True)


HALF_YEAR_OUTTURNS = {
    SubjectId("payment-satisfaction"): ("4.06", GREEN),
    SubjectId("payment-processing-time"): ("29.10", YELLOW),
}
ANNUAL_OUTTURNS = {
    SubjectId("payment-satisfaction"): ("4.12", GREEN),
    SubjectId("payment-processing-time"): ("28.40", YELLOW),
    SubjectId("workplace-equality"): ("3.92", GREEN),
    SubjectId("workplace-equality-age"): ("3.96", YELLOW),
    SubjectId("workplace-equality-minorities"): ("4.01", GREEN),
    SubjectId("staff-satisfaction"): ("3.66", YELLOW),
    SubjectId("staff-wellbeing"): ("8.05", GREEN),
    SubjectId("leadership-index"): ("3.62", GREEN),
}
CORRECTED_OUTTURNS = {
    SubjectId("payment-satisfaction"): ("4.10", GREEN),
    SubjectId("payment-processing-time"): ("27.60", GREEN),
}
"""The final numbers that replace the provisional ones after the delivery."""


def is_provisional(indicator: IndicatorDefined) -> bool:
    """The two numbers of payments are provisional in the annual round."""
    return indicator.indicator in CORRECTED_OUTTURNS
