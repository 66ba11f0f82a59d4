"""Mails that follow the log: a reminder is an event first, and only then a letter."""

from services.notify.notifications import notifications

__all__ = ["notifications"]
