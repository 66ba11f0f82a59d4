"""What is agreed, reported and decided: pure functions on the standard library alone."""
