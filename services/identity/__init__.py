"""Who somebody is: bearer tokens of an OIDC issuer, and the person of a ledger that they stand for."""

from services.identity.people import IDENTITIES, People
from services.identity.tokens import IssuerUnavailable, Login, TokenRefused, TokenVerifier

__all__ = ["IDENTITIES", "IssuerUnavailable", "Login", "People", "TokenRefused", "TokenVerifier"]
