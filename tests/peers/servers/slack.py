"""Slack's incoming webhooks, from their published contract: JSON in, "ok" out, and a word for each refusal."""

import orjson
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

PATH = "/services/T0/B0/secret"


class Slack:
    """One channel's address. `answer` is what comes next; what was taken stands in `posted`."""

    def __init__(self, server: HTTPServer) -> None:
        self.posted: list[dict[str, object]] = []
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
