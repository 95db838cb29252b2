"""Slack's incoming webhooks, from their published contract: JSON in, "ok" out, and a word for each refusal."""

from typing import Any, Final

import orjson
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bridge.channels import slack
from bridge.channels.answer import Answer, Result
from tests.notice_channels import LIMITS, WORDED

PATH = "/services/T0/B0/secret"
ANSWERS: Final = [
    (200, "ok", Result.SENT),
    (400, "invalid_payload", Result.FINAL),
    (403, "action_prohibited", Result.FINAL),
    (404, "no_service", Result.FINAL),
    (410, "channel_is_archived", Result.DISABLE),
    (429, "rate_limited", Result.RETRY),
    (500, "oops", Result.RETRY),
    (302, "", Result.RETRY),
]
"""What it says, and what the bridge has to make of it."""


class Slack:
    """One channel's address. `answer` is what comes next; what was taken stands in `posted`."""

    def __init__(self, server: HTTPServer) -> None:
        self.posted: list[dict[str, Any]] = []
        self.answer: tuple[int, str, dict[str, str]] = (200, "ok", {})
        self.url = server.url_for(PATH)
        server.expect_request(PATH, method="POST").respond_with_handler(self._take)

    def _take(self, request: Request) -> Response:
        status, word, headers = self.answer
        if request.mimetype != "application/json":
            return Response("invalid_payload", 400)
        body = orjson.loads(request.get_data())
        if not body.get("text") and not body.get("blocks"):
            return Response("no_text", 400)
        if status == 200:
            self.posted.append(body)
        return Response(word, status, headers=headers)

    def send(self) -> Answer:
        return slack.send(self.url, WORDED, limits=LIMITS)
