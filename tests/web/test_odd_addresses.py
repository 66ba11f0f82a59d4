"""Addresses that nobody's link has: each gets a page that says so, and none an error of the service."""

import re

import pytest

from web.site import Site
from web.walk import GETS

PARTS = ("2024.0-annual", "0000-annual", "%00", "%3Fyear=2024", "x" * 300)
QUERIES = ("round", "year", "known_at", "revision", "since", "after", "from")


@pytest.mark.parametrize("part", PARTS)
async def test_a_changed_part_of_an_address_is_no_error_of_the_service(part: str, year: Site) -> None:
    client = await year.client_as("tuula-kanerva")
    failed = []
    for route in GETS:
        path = re.sub(r"\{[^}]+\}", part, route.replace("{ledger}", "keha"))
        answer = await client.get(path)
        failed += [f"{path}: {answer.status_code}"] if answer.status_code >= 500 else []

    assert failed == []


@pytest.mark.parametrize("name", QUERIES)
async def test_a_changed_field_of_a_query_is_no_error_of_the_service(name: str, year: Site) -> None:
    client = await year.client_as("satu-auditor")
    failed = []
    for route in GETS:
        path = re.sub(r"\{[^}]+\}", "2024", route.replace("{ledger}", "keha"))
        for value in ("2024.0-annual", "9" * 30):
            answer = await client.get(path, params={name: value})
            failed += [f"{path}?{name}={value}: {answer.status_code}"] if answer.status_code >= 500 else []

    assert failed == []
