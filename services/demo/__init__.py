"""The demo: the reporting year 2024 of the sample agreement, played by made-up people through the API."""
