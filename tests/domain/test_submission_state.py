"""A unit's package: its state follows from its items."""

import pytest

from domain.item import Item, Stage
from domain.submission import SubmissionState, submission_state


@pytest.mark.parametrize(
    ("stages", "state"),
    [
        ("not-started not-started", "in-preparation"),
        ("draft signed-off", "in-preparation"),
        ("not-started delivered", "in-preparation"),
        ("submitted submitted", "in-review"),
        ("submitted signed-off delivered", "in-review"),
        ("signed-off signed-off", "signed-off"),
        ("signed-off delivered", "signed-off"),
        ("delivered delivered", "delivered"),
        ("returned not-started", "partly-returned"),
        ("returned delivered", "partly-returned"),
        ("returned", "partly-returned"),
        ("withdrawn submitted", "in-review"),
        ("withdrawn delivered", "delivered"),
    ],
)
def test_the_state_of_a_package_follows_from_its_items(stages: str, state: str) -> None:
    """Case 16. One item may be returned while the others stay signed."""
    items = [Item(stage=Stage(each)) for each in stages.split()]

    assert submission_state(items) is SubmissionState(state)
