"""E-mail to staff by SMTP (RFC 5321), one connection for a turn of mails.

Every mail has a Message-ID of our own, the same at each try, so that a mail server can drop a
repeat; the mails of one case hang together by References. `Auto-Submitted: auto-generated`
(RFC 3834) keeps out-of-office answers away, and there is no Reply-To. Nothing in the headers
names a customer. Accepted is not read: a ladder must not stop because a mail was taken.
"""

import smtplib
import ssl
import time
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Final, Self
from urllib.parse import urlsplit
from uuid import UUID

from bridge.channels.answer import Answer, Result
from bridge.settings import SMTP_OVER_TLS_PORT, Settings

# For each step of the conversation; a sweep has to end within its task's limit.
TIMEOUT_SECONDS: Final = 5
EXCERPT_MAX_CHARACTERS: Final = 300
ADDRESS_MAX_CHARACTERS: Final = 254


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person."""

    notice_id: UUID
    escalation_id: UUID | None
    to: str
    subject: str
    text: str
    locale: str
    at: datetime


def sender_of(config: Settings) -> str:
    """The From address: the setting, or bridge@ and the host that people use."""
    return config.smtp_from or f"Bridge <bridge@{urlsplit(config.base_url).hostname or 'localhost'}>"


def message_of(mail: Mail, *, sender: str) -> EmailMessage:
    """The mail as it goes out. Raises ValueError for an address that cannot stand in a header."""
    if (
        "@" not in mail.to
        or not mail.to.isascii()
        or len(mail.to) > ADDRESS_MAX_CHARACTERS
        or parseaddr(mail.to)[1] != mail.to
    ):
        raise ValueError("not a plain mail address")
    domain = parseaddr(sender)[1].rpartition("@")[2]
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<notice-{mail.notice_id}@{domain}>"
    if mail.escalation_id is not None:
        # A root that was never sent: every mail client puts the case's mails beneath it.
        root = f"<case-{mail.escalation_id}@{domain}>"
        message["References"] = root
        message["In-Reply-To"] = root
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(mail.text)
    message["Content-Language"] = mail.locale
    return message


class Mailer:
    """A connection to the mail server, opened by the first mail. Used by one thread."""

    def __init__(self, config: Settings) -> None:
        self._config = config
        self._server: smtplib.SMTP | None = None
        self._sender = sender_of(config)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._close()

    def send(self, mail: Mail) -> Answer:
        """Send once; raises nothing. 4xx and a server that is away are tried again, 5xx is final."""
        started = time.monotonic()
        answer = self._send(mail)
        return Answer(
            answer.result,
            answer.error,
            answer.status_code,
            answer.excerpt,
            time.monotonic() - started,
            stops_turn=answer.stops_turn,
        )

    def _send(self, mail: Mail) -> Answer:
        if not self._config.smtp_host:
            return Answer(Result.FINAL, "smtp_not_configured")
        try:
            message = message_of(mail, sender=self._sender)
        except ValueError:
            return Answer(Result.FINAL, "bad_address")
        try:
            server = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            return _not_reached(error)
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            code, words = next(iter(refused.recipients.values()), (550, b""))
            self._reset()
            return _refused(code, words)
        except smtplib.SMTPSenderRefused as error:
            self._close()
            return Answer(Result.RETRY, "sender_refused", error.smtp_code, stops_turn=True)
        except smtplib.SMTPResponseException as error:
            self._reset()
            return _refused(error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException):
            # It broke while the mail was handed over: the server may have taken it.
            self._close()
            return Answer(Result.RETRY, "connection_lost")
        return Answer(Result.SENT, status_code=250)

    def _connected(self) -> smtplib.SMTP:
        if self._server is not None:
            return self._server
        config = self._config
        if config.smtp_port == SMTP_OVER_TLS_PORT:
            self._server = smtplib.SMTP_SSL(
                config.smtp_host,
                config.smtp_port,
                timeout=TIMEOUT_SECONDS,
                context=ssl.create_default_context(),
            )
        else:
            self._server = smtplib.SMTP(config.smtp_host, config.smtp_port, timeout=TIMEOUT_SECONDS)
            if config.smtp_starttls:
                self._server.starttls(context=ssl.create_default_context())
        if config.smtp_user:
            self._server.login(config.smtp_user, config.smtp_password)
        return self._server

    def _reset(self) -> None:
        try:
            if self._server is not None:
                self._server.rset()
        except (OSError, smtplib.SMTPException):
            self._close()

    def _close(self) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        try:
            server.quit()
        except (OSError, smtplib.SMTPException):
            server.close()


def _not_reached(error: Exception) -> Answer:
    """The server is away, or does not let us in: ours or its operator's to mend, so it is tried again."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Answer(Result.RETRY, "login_refused", error.smtp_code, stops_turn=True)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Answer(Result.RETRY, "server_cannot_do_that", stops_turn=True)
    if isinstance(error, ssl.SSLError):
        return Answer(Result.RETRY, "tls_failed", stops_turn=True)
    if isinstance(error, TimeoutError):
        return Answer(Result.RETRY, "connect_timeout", stops_turn=True)
    if isinstance(error, ConnectionRefusedError):
        return Answer(Result.RETRY, "connection_refused", stops_turn=True)
    if isinstance(error, smtplib.SMTPResponseException):
        return Answer(Result.RETRY, f"smtp_{error.smtp_code}", error.smtp_code, stops_turn=True)
    return Answer(Result.RETRY, "not_connected", stops_turn=True)


def _refused(code: int, words: bytes | str) -> Answer:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    result = Result.FINAL if code >= 500 else Result.RETRY
    return Answer(result, f"smtp_{code}", code, " ".join(said.split())[:EXCERPT_MAX_CHARACTERS])
