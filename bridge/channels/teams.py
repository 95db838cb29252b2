"""Microsoft Teams by a Workflows address (Power Automate): an adaptive card, 202.

Connectors of Office 365 were retired in 2026. The address carries its signature (`sig=`), so it
is a secret and never logged. A message may have about 28 KB; ours has a few.
"""

from typing import Any, Final

import orjson

from bridge.channels import webhook
from bridge.channels.answer import Answer, of_http
from bridge.channels.guard import Limits
from bridge.notice_wording import Worded

_FINAL: Final = (400, 401, 403, 404)
_HEADERS: Final = {"Content-Type": "application/json"}


def send(url: str, worded: Worded, *, limits: Limits) -> Answer:
    """Post once; raises nothing."""
    return of_http(webhook.post(url, body_of(worded), _HEADERS, limits=limits), final=_FINAL)


def body_of(worded: Worded) -> bytes:
    """A message with one adaptive card: title, text, a button."""
    blocks: list[dict[str, Any]] = [
        {"type": "TextBlock", "text": _plain(worded.subject), "weight": "bolder", "wrap": True},
        {"type": "TextBlock", "text": _plain(worded.body), "wrap": True},
        *({"type": "TextBlock", "text": f"- {_plain(one)}", "wrap": True} for one in worded.lines),
    ]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
        "actions": [{"type": "Action.OpenUrl", "title": worded.link_word, "url": worded.link}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return orjson.dumps({"type": "message", "attachments": [attachment]})


def _plain(text: str) -> str:
    """Cards read a little Markdown; a bracket of ours must not become a link."""
    return text.replace("[", "(").replace("]", ")")
