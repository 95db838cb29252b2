"""A listening tool: posts what it heard, signed, to the door for mentions."""

from datetime import datetime

import orjson
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bridge.clock import utc_now
from bridge.models import ChannelAccount
from tests.channels.cases.listening import SECRET, signed

INTAKE, HOOK = "/api/v1/intake/mentions", "/hooks/listening"


def tell(
    client: FlaskClient,
    account: ChannelAccount,
    told: object,
    *,
    name: str = "msg_1",
    at: datetime | None = None,
    url: str = INTAKE,
    secrets: tuple[str, ...] = (SECRET,),
    **headers: str,
) -> TestResponse:
    """Post what is told as a tool does."""
    body = told if isinstance(told, bytes) else orjson.dumps(told)
    signature = signed(body, name=name, at=at or utc_now(), secrets=secrets)
    return client.post(
        f"{url}/{account.id}",
        data=body,
        content_type="application/json",
        headers={**signature, **{key.replace("_", "-"): value for key, value in headers.items()}},
    )
