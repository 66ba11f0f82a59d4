"""What is counted of the API, for Prometheus; a registry of its own for each app."""

from prometheus_client import CollectorRegistry, Counter, Histogram


class Metrics:
    """The counters. Labels name operations and codes, never people or ledgers' content."""

    def __init__(self) -> None:
        """Begin at nought."""
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "etappi_requests", "Requests by operation and status.", ["operation", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "etappi_request_seconds", "How long requests took.", ["operation"], registry=self.registry
        )
        self.refusals = Counter("etappi_refusals", "Refusals by their code.", ["code"], registry=self.registry)
        self.commands = Counter("etappi_commands", "Commands that were accepted.", ["command"], registry=self.registry)
