"""The mails that the demo's catcher kept: listed and read, for the page that shows them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Final

LISTED_MAX: Final = 100
_NAME: Final = re.compile(r"(\d{20})-[0-9a-f]{8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """One mail as the page shows it. `name` is its file's, without the ending."""

    name: str
    at: datetime
    to: str
    subject: str
    headers: tuple[tuple[str, str], ...]
    text: str


def newest(folder: Path) -> list[CaughtMail]:
    """The newest hundred mails; none when the folder is not there."""
    paths = sorted(folder.glob("*.eml"), reverse=True)[:LISTED_MAX]
    return [mail for path in paths if (mail := read(folder, path.stem)) is not None]


def read(folder: Path, name: str) -> CaughtMail | None:
    """One mail; None when there is none of that name."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    try:
        message = message_from_bytes((folder / f"{name}.eml").read_bytes(), policy=default)
    except OSError:
        return None
    assert isinstance(message, EmailMessage)
    body = message.get_body(preferencelist=("plain",))
    text = body.get_content() if body is not None else ""
    return CaughtMail(
        name=name,
        at=datetime.fromtimestamp(int(match[1]) / 1e9, UTC),
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        headers=tuple((header, str(value)) for header, value in message.items()),
        text=str(text),
    )
