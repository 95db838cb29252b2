"""Twilio's Messages resource, from its published contract (API 2010-04-01): a form in, 201 out, and a list.

Its own client is content with it (`tests/peers/test_staff_channels.py`), and so is the bridge.
"""

import base64
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs

import orjson
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bridge.channels import sms
from bridge.channels.answer import Answer
from tests.notice_channels import LIMITS, NOW, settings_with


def _message(number: int, form: dict[str, str]) -> dict[str, Any]:
    return {
        "sid": f"SM{number:032x}",
        "account_sid": "AC1",
        "to": form["To"],
        "from": form.get("From"),
        "body": form["Body"],
        "status": "queued",
        "direction": "outbound-api",
        "num_segments": "1",
        "num_media": "0",
        "error_code": None,
        "error_message": None,
        "date_created": format_datetime(NOW),
        "date_updated": format_datetime(NOW),
        "date_sent": None,
        "price": None,
        "price_unit": "USD",
        "api_version": "2010-04-01",
        "uri": f"/2010-04-01/Accounts/AC1/Messages/SM{number:032x}.json",
        "subresource_uris": {},
    }


class Twilio:
    """The Messages resource from its contract: a form in, 201 out, and a list."""

    def __init__(self, server: HTTPServer) -> None:
        self.made: list[dict[str, str]] = []
        self.answer: tuple[int, dict[str, Any]] = (201, {"sid": "SM1", "status": "queued"})
        self.loses_answers = False
        self.config = settings_with(
            twilio_sid="AC1",
            twilio_token="t0ken",
            twilio_from="+15550100",
            twilio_base_url=server.url_for(""),
        )
        path = "/2010-04-01/Accounts/AC1/Messages.json"
        server.expect_request(path, method="POST").respond_with_handler(self._create)
        server.expect_request(path, method="GET").respond_with_handler(self._list)

    def _create(self, request: Request) -> Response:
        assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"AC1:t0ken").decode()
        form = {name: values[0] for name, values in parse_qs(request.get_data(as_text=True)).items()}
        status, body = self.answer
        if status == 201:
            self.made.append(form)
            body = _message(len(self.made), form)
        if self.loses_answers:
            status, body = 500, {"code": 20500, "message": "lost"}
        return Response(orjson.dumps(body), status=status, content_type="application/json")

    def _list(self, request: Request) -> Response:
        messages = [
            {**_message(number, one), "status": "sent"}
            for number, one in enumerate(self.made, start=1)
            if one["To"] == request.args["To"]
        ]
        page = {"messages": messages, "page": 0, "page_size": 100, "next_page_uri": None}
        return Response(orjson.dumps(page), content_type="application/json")

    def send(self, text: str = "hello", since: datetime | None = None) -> Answer:
        return sms.send("+15550123", text, config=self.config, limits=LIMITS, perhaps_sent_since=since)
