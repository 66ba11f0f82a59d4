"""The pages: server-made HTML over the API, for people in Finnish, Swedish and English."""

from services.web.app import create_web

__all__ = ["create_web"]
