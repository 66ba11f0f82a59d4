"""To come."""

from fastapi import APIRouter

from services.api.callers import Callers
from services.api.parts import Parts


def routes(parts: Parts, callers: Callers) -> APIRouter:
    """None yet."""
    del parts, callers
    return APIRouter()
