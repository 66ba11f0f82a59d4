"""The other side: the package `eventsourcing` on Postgres, with its default settings and its own pool, in threads."""

import os
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresFactory
from eventsourcing.utils import Environment

from bench.made import BODY, EACH, METADATA

# The bytes that our row holds beside position and version: id, nonce, command id, digest of the request. Theirs holds
# a topic beside its state.
STATE = len(BODY) + len(METADATA)
TOPIC = "domain.events.item:Item.MilestoneStatusReported"


class Other:
    """A recorder of its application events: each call is one event of one aggregate, as `Application.save` makes it.

    The mode is its default: an EXCLUSIVE lock on the table, NOTIFY and the INSERT in one pipelined transaction.
    """

    def __init__(self, recorder: Any) -> None:
        self._recorder = recorder

    def rate(self, clients: int, seconds: float) -> float:
        """Events a second that so many threads insert, each waiting for its own."""
        done = [0] * clients
        start = threading.Barrier(clients + 1)
        failures: list[BaseException] = []

        def client(number: int) -> None:
            try:
                originator, version = uuid.uuid4(), 0
                start.wait()
                while time.perf_counter() < end[0]:
                    if version == EACH:
                        originator, version = uuid.uuid4(), 0
                    version += 1
                    self._recorder.insert_events(
                        [
                            StoredEvent(
                                originator_id=originator,
                                originator_version=version,
                                topic=TOPIC,
                                # Random first, as ids are, then the same bytes as ours.
                                state=os.urandom(16) + BODY[16:] + METADATA,
                            )
                        ]
                    )
                    done[number] += 1
            except BaseException as failure:
                failures.append(failure)
                raise

        end = [time.perf_counter() + 3600]
        threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        started = time.perf_counter()
        end[0] = started + seconds
        start.wait()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        return sum(done) / (time.perf_counter() - started)


@contextmanager
def other(url: str) -> Iterator[Other]:
    """The package's recorder for applications, made by its own factory from nothing but the address."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    environment = Environment(
        name="",
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": parts.path.removeprefix("/"),
            "POSTGRES_HOST": query["host"][0],
            "POSTGRES_PORT": query["port"][0],
            "POSTGRES_USER": unquote(parts.username or ""),
            "POSTGRES_PASSWORD": unquote(parts.password or ""),
        },
    )
    factory = PostgresFactory(environment)
    try:
        yield Other(factory.application_recorder())
    finally:
        factory.close()
