"""The mail server, as a URL names it, and what it may answer."""

from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib

SECONDS = 20.0
_PORTS = {"smtp": 25, "smtps": 465}


class NotTaken(Exception):
    """The server didn't take a mail. `code` is stable, and quotes nobody.

    `final`: it never will, for this is wrong with the mail or its recipient. `away`: nothing is wrong with this mail,
    and the server takes no other one either.
    """

    def __init__(self, code: str, *, final: bool = False, away: bool = False) -> None:
        """Say which."""
        super().__init__(code)
        self.code = code
        self.final = final
        self.away = away


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mails are handed in. `tls` from the start (smtps); otherwise STARTTLS where the server offers it."""

    host: str
    port: int
    tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str) -> "MailServer":
        """The server that `smtp://user:password@host:587` or `smtps://…` names. Raises `ValueError`."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("SMTP_URL is smtp://… or smtps://… with a host")
        return cls(
            host=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            tls=parts.scheme == "smtps",
            user=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
        )

    async def send(self, message: EmailMessage) -> None:
        """Hand a mail in. Raises `NotTaken`."""
        try:
            await aiosmtplib.send(
                message,
                hostname=self.host,
                port=self.port,
                username=self.user,
                password=self.password,
                use_tls=self.tls,
                # Secrets don't travel in the clear: with a password STARTTLS is a must.
                start_tls=False if self.tls else (True if self.password else None),
                timeout=SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            code = refused.recipients[0].code
            raise NotTaken(f"recipient-refused-{code}", final=_permanent(code)) from None
        except aiosmtplib.SMTPDataError as refused:
            raise NotTaken(f"message-refused-{refused.code}", final=_permanent(refused.code)) from None
        except aiosmtplib.SMTPResponseException as refused:
            raise NotTaken(f"server-refused-{refused.code}", away=True) from None
        except (aiosmtplib.SMTPException, OSError):
            raise NotTaken("server-not-reached", away=True) from None


def _permanent(code: int) -> bool:
    return code // 100 == 5  # noqa: PLR2004 (RFC 5321, 4.2.1)
