"""A provider of OAuth 2.0 that is not ours: Authlib's, on Flask, with everything in memory.

PKCE by S256 is required, redirect addresses are compared exactly, and a code works once. `call` stands in
the place of the network.
"""

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc6749.models import AuthorizationCodeMixin
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, Response, jsonify, request

from bridge.channels.calling import Answered, Request

AT = "https://provider.example"
CLIENT, PROOF = "client-1", "client-proof/1"


class Client(ClientMixin):  # type: ignore[misc]
    """The one app."""

    def __init__(self, redirect_uri: str) -> None:
        self.redirect_uri = redirect_uri

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == PROOF

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint != "token" or method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):  # type: ignore[misc]
    """What was given out, and for what."""

    code: str
    redirect_uri: str
    scope: str
    code_challenge: str
    code_challenge_method: str
    auth_time: float = field(default_factory=time.time)

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope


class Provider:
    """The provider; `user` is who says yes there, nobody when it is empty."""

    def __init__(self, redirect_uri: str, user: dict[str, str]) -> None:
        self.user: dict[str, str] = user
        self.codes: dict[str, Code] = {}
        self.tokens: list[dict[str, Any]] = []
        self.app = Flask("provider")
        self.asked: list[Request] = []
        client, codes = Client(redirect_uri), self.codes

        class Grant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
            TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

            def save_authorization_code(self, code: str, request: Any) -> None:
                given = request.payload.data
                codes[code] = Code(
                    code,
                    request.payload.redirect_uri,
                    request.payload.scope,
                    given.get("code_challenge"),
                    given.get("code_challenge_method"),
                )

            def query_authorization_code(self, code: str, client: Client) -> Code | None:
                return codes.get(code)

            def delete_authorization_code(self, authorization_code: Code) -> None:
                del codes[authorization_code.code]

            def authenticate_user(self, authorization_code: Code) -> dict[str, str]:
                return user

        server = AuthorizationServer(
            self.app,
            query_client=lambda client_id: client if client_id == CLIENT else None,
            save_token=lambda token, _request: self.tokens.append(token),
        )
        server.register_grant(Grant, [CodeChallenge(required=True)])

        @self.app.get("/authorize")
        def authorize() -> Response:
            grant = server.get_consent_grant(end_user=user)
            told: Response = server.create_authorization_response(grant_user=self.user or None, grant=grant)
            return told

        @self.app.post("/2/oauth2/token")
        def token() -> Response:
            told: Response = server.create_token_response()
            return told

        @self.app.get("/2/users/me")
        def me() -> Response | tuple[Response, int]:
            bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if bearer not in {one["access_token"] for one in self.tokens}:
                return jsonify(title="Unauthorized"), 401
            return jsonify(data=self.user)

    def visit(self, url: str) -> dict[str, str]:
        """A person opens the address and says yes, or no. Returns what comes back to us."""
        told = self.app.test_client().get(url.removeprefix(AT), base_url=AT)
        return dict(parse_qsl(urlsplit(told.headers.get("Location", "")).query))

    def __call__(self, asked: Request) -> Answered:
        """The way out, for a channel."""
        self.asked.append(asked)
        told = self.app.test_client().open(
            asked.url.removeprefix(AT),
            base_url=AT,
            method=asked.method,
            headers=dict(asked.headers),
            data=asked.form,
        )
        headers = {name.lower(): value for name, value in told.headers.items()}
        return Answered(told.status_code, headers, told.get_data(), 0.01)
