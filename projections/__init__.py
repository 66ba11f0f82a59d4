"""Read models as pure functions from an event to row changes; the standard library alone."""
