"""The event store: a Postgres log of events that never skips, and that the service can only append to."""

from services.eventstore.append import (
    Answer,
    Appended,
    AppendRefused,
    Command,
    Condition,
    Conflict,
    KeyReused,
    NewDisclosure,
    NewEvent,
)
from services.eventstore.migrations import MigrationRefused, migrate
from services.eventstore.notices import Listener
from services.eventstore.read import LogBroken
from services.eventstore.requests import RequestDigest
from services.eventstore.store import EventStore
from services.eventstore.subscribe import Subscription, catch_up, run_subscriptions, wait_for
from services.eventstore.tail import tail

__all__ = [
    "Answer",
    "AppendRefused",
    "Appended",
    "Command",
    "Condition",
    "Conflict",
    "EventStore",
    "KeyReused",
    "Listener",
    "LogBroken",
    "MigrationRefused",
    "NewDisclosure",
    "NewEvent",
    "RequestDigest",
    "Subscription",
    "catch_up",
    "migrate",
    "run_subscriptions",
    "tail",
    "wait_for",
]
