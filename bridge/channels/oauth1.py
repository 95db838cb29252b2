"""OAuth 1.0a signatures, for networks that still want them: by Authlib. Source: RFC 5849."""

from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from authlib.oauth1 import SIGNATURE_HMAC_SHA1, ClientAuth

from bridge.channels.calling import Request


@dataclass(frozen=True, slots=True)
class Signer:
    """An app and the account that it speaks for, each a name with its secret."""

    client: str
    client_secret: str = field(repr=False)
    token: str
    token_secret: str = field(repr=False)


def signed(request: Request, by: Signer) -> Request:
    """The request with an OAuth 1.0a header by HMAC-SHA1.

    A JSON body is not part of what is signed (RFC 5849, 3.4.1.3.1); a form and the query are.
    """
    signer = ClientAuth(
        by.client,
        client_secret=by.client_secret,
        token=by.token,
        token_secret=by.token_secret,
        signature_method=SIGNATURE_HMAC_SHA1,
    )
    is_form = request.form is not None
    body = urlencode(request.form or {}) if is_form else ""
    kind = "application/x-www-form-urlencoded" if is_form else "application/json"
    _, headers, _ = signer.prepare(request.method, request.url, {"Content-Type": kind}, body)
    kept = {**request.headers, "Authorization": headers["Authorization"]}
    return replace(request, headers=kept)
