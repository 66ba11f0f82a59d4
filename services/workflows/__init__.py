"""The durable clock that makes the reporting cycle act: Temporal workflows, their activities and worker."""
