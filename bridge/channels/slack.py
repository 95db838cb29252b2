"""Slack by an incoming webhook: 200 "ok"; 400, 403, 404 final; 410 the channel is archived; 429 wait.

The address is a secret: whoever has it can write into the channel. It is never logged.
"""

from typing import Final

import orjson

from bridge.channels import webhook
from bridge.channels.answer import Answer, of_http
from bridge.channels.guard import Limits
from bridge.notice_wording import Worded

TEXT_MAX_CHARACTERS: Final = 3_000
_FINAL: Final = (400, 403, 404)
_HEADERS: Final = {"Content-Type": "application/json"}


def send(url: str, worded: Worded, *, limits: Limits) -> Answer:
    """Post once; raises nothing."""
    return of_http(webhook.post(url, body_of(worded), _HEADERS, limits=limits), final=_FINAL)


def body_of(worded: Worded) -> bytes:
    """A text for notifications, and one section of Slack's own markup for the channel."""
    lines = [
        f"*{_plain(worded.subject)}*",
        _plain(worded.body),
        *(f"• {_plain(one)}" for one in worded.lines),
    ]
    link = f"<{worded.link}|{_plain(worded.link_word)}>"
    text = "\n".join(lines)[: TEXT_MAX_CHARACTERS - len(link) - 1] + f"\n{link}"
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return orjson.dumps({"text": _plain(worded.text), "blocks": [section]})


def _plain(text: str) -> str:
    """Slack's three signs, so that no text of ours becomes a mention or a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
