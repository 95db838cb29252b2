"""Signing in against a provider that is not ours: bound to the browser that began, exact, once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import select

from bridge import db
from bridge.channels import signing_in as flow
from bridge.channels.abilities import ClientAuthentication, SignIn
from bridge.channels.calling import Answered, Request
from bridge.channels.oauth1 import Signer, signed
from bridge.channels.registry import channel
from bridge.channels.signing_in import SignInFailed
from bridge.channels.webhook import Failed
from bridge.clock import utc_now
from bridge.models import ChannelAccount, ChannelSecret, TimelineEntry
from bridge.services import channel_accounts, signing_in
from bridge.settings import settings
from tests.cast import Cast, Member, acting, vault
from tests.channels.answers import answer
from tests.channels.cases import x
from tests.channels.provider import AT, CLIENT, PROOF, Provider
from tests.channels.stage import connect

US = {"id": x.US, "username": "northlight"}
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider stands in the place of X."""
    its = channel("x").capabilities.sign_in
    assert its is not None
    can = replace(channel("x").capabilities, sign_in=replace(its, authorize_url=f"{AT}/authorize"))
    monkeypatch.setattr(type(channel("x")), "capabilities", can)


@pytest.fixture
def provider(environment: object) -> Provider:
    return Provider(signing_in.redirect_uri(settings()), US)


def account_of(cast: Cast, **values: str) -> ChannelAccount:
    fields = {"client_id": CLIENT, "client_secret": PROOF, "access_token": "old", **values}
    return connect(cast, "x", is_bare=True, values=fields, base_url=AT)


def begin(account: ChannelAccount, by: Member) -> signing_in.Begun:
    return signing_in.begin(acting(by), account.id, config=settings(), now=utc_now())


def finish(
    provider: Provider | Callable[[Request], Answered | Failed],
    begun: signing_in.Begun,
    back: dict[str, str],
    by: Member,
    **more: object,
) -> signing_in.SignedIn:
    told = {"state": "", "code": "", "error": "", **back}
    told = {name: told[name] for name in ("state", "code", "error")}
    given = {"config": settings(), "now": utc_now(), "call": provider, **told, **more}
    return signing_in.finish(acting(by), begun.kept, **given)  # type: ignore[arg-type]


def stored(account: ChannelAccount) -> ChannelAccount:
    with db.transaction() as session:
        return session.get_one(ChannelAccount, account.id)


def secrets_of(account: ChannelAccount) -> dict[str, tuple[str, ...]]:
    with db.statement() as connection:
        found = channel_accounts.opened(connection, [account.id], vault=vault(), now=utc_now())
    return dict(found[account.id].account.secrets)


def test_the_challenge_is_the_one_of_the_standard() -> None:
    assert flow.challenge(VERIFIER) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    drawn = [flow.new_try() for _ in range(3)]
    assert len({one.state for one in drawn} | {one.verifier for one in drawn}) == 6
    assert all(43 <= len(one.verifier) <= 128 for one in drawn)


def test_a_person_says_yes_and_the_account_speaks_for_us(cast: Cast, provider: Provider) -> None:
    account = account_of(cast)
    begun = begin(account, cast.ada)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.url).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == signing_in.redirect_uri(settings())
    assert "offline.access" in asked["scope"]
    assert " " not in begun.url
    done = finish(provider, begun, provider.visit(begun.url), cast.ada)
    assert (done.account_id, done.handle) == (account.id, "northlight")
    now, (token,) = stored(account), provider.tokens
    assert (now.external_id, now.handle, now.token_state) == (x.US, "northlight", "ok")
    assert now.token_expires_at is not None
    assert secrets_of(account)["access_token"] == (token["access_token"],), "the old one is over"
    with db.transaction() as session:
        assert all(
            token["access_token"].encode() not in row.cipher for row in session.exec(select(ChannelSecret))
        )
        facts = [row.body for row in session.exec(select(TimelineEntry)) if row.action == "channel_signed_in"]
    assert len(facts) == 1
    assert token["access_token"] not in str(facts)
    assert all(token["access_token"] not in one.url for one in provider.asked)


def test_what_another_browser_or_another_person_brings_is_refused(cast: Cast, provider: Provider) -> None:
    account = account_of(cast)
    begun = begin(account, cast.ada)
    back = provider.visit(begun.url)
    for changed, by, kept in (
        ({**back, "state": "another"}, cast.ada, begun),
        ({**back, "state": ""}, cast.ada, begun),
        (back, cast.ana, begun),
        (back, cast.ada, replace(begun, kept=b"")),
        (back, cast.ada, replace(begun, kept=begun.kept[:-1] + bytes((begun.kept[-1] ^ 1,)))),
        (back, cast.ada, begin(account, cast.ada)),
    ):
        with pytest.raises(SignInFailed, match="other_browser"):
            finish(provider, kept, changed, by)
    assert not provider.tokens
    assert secrets_of(account)["access_token"] == ("old",)
    finish(provider, begun, back, cast.ada)


def test_a_code_works_once_and_only_with_the_verifier_of_its_try(cast: Cast, provider: Provider) -> None:
    account = account_of(cast)
    first, second = begin(account, cast.ada), begin(account, cast.ada)
    code = provider.visit(first.url)["code"]
    state = parse_qs(urlsplit(second.url).query)["state"][0]
    with pytest.raises(SignInFailed, match="invalid_grant"):
        finish(provider, second, {"code": code, "state": state}, cast.ada)
    back = provider.visit(first.url)
    finish(provider, first, back, cast.ada)
    with pytest.raises(SignInFailed, match="invalid_grant"):
        finish(provider, first, back, cast.ada)


def test_it_ends_after_ten_minutes(cast: Cast, provider: Provider) -> None:
    begun = begin(account_of(cast), cast.ada)
    back = provider.visit(begun.url)
    with pytest.raises(SignInFailed, match="too_late"):
        finish(provider, begun, back, cast.ada, now=utc_now() + timedelta(minutes=11))


def test_another_account_than_the_connected_one_is_refused(cast: Cast, provider: Provider) -> None:
    account = account_of(cast)
    begun = begin(account, cast.ada)
    finish(provider, begun, provider.visit(begun.url), cast.ada)
    provider.user = {"id": "999", "username": "somebody_else"}
    again = begin(account, cast.ada)
    with pytest.raises(SignInFailed, match="other_account"):
        finish(provider, again, provider.visit(again.url), cast.ada)
    assert (stored(account).external_id, stored(account).handle) == (x.US, "northlight")


def test_who_says_no_there_changes_nothing(cast: Cast, provider: Provider) -> None:
    account = account_of(cast)
    begun = begin(account, cast.ada)
    provider.user = {}
    back = provider.visit(begun.url)
    assert back["error"] == "access_denied"
    with pytest.raises(SignInFailed, match="access_denied"):
        finish(provider, begun, back, cast.ada)
    assert secrets_of(account)["access_token"] == ("old",)


def test_a_wrong_client_and_a_wrong_redirect_are_told_apart(cast: Cast, provider: Provider) -> None:
    begun = begin(account_of(cast, client_secret="wrong"), cast.ada)
    with pytest.raises(SignInFailed, match="invalid_client"):
        finish(provider, begun, provider.visit(begun.url), cast.ada)
    strict = Provider("https://elsewhere.example/back", US)
    assert strict.visit(begun.url) == {}, "the provider sends nobody to an address that it does not know"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (Failed("timeout", 1.0), "timeout"),
        (answer(500), "status_500"),
        (answer(302, location="https://elsewhere.example"), "status_302"),
        (answer(200, b"{not json"), "status_200"),
        (answer(200, {"access_token": ""}), "status_200"),
        (answer(200, {"access_token": "t", "token_type": "mac"}), "not_a_bearer_token"),
        (answer(400, {"error": "<b>bad</b>"}), "status_400"),
    ],
)
def test_an_answer_that_is_none_is_named_in_one_word(told: Answered | Failed, reason: str) -> None:
    its = SignIn(authorize_url="/authorize", token_url="/token", scopes=("read",))
    account = replace(x.ACCOUNT, base_url=AT)
    with pytest.raises(SignInFailed, match=reason):
        flow.trade(
            account, its, flow.new_try(), code="c", redirect_uri="https://b.example", call=lambda _asked: told
        )


def test_a_channel_describes_its_sign_in_by_data_alone() -> None:
    its = SignIn(
        authorize_url="/dialog?display=page",
        token_url="/token",
        scopes=("pages_messaging", "pages_manage_engagement"),
        scope_separator=",",
        authentication=ClientAuthentication.FORM,
        uses_pkce=False,
        asks={"auth_type": "rerequest"},
    )
    account = replace(x.ACCOUNT, base_url=AT, secrets={"client_secret": ("proof",)})
    begun = flow.new_try()
    url = urlsplit(flow.authorize_url(account, its, begun, redirect_uri="https://b.example/back"))
    asked = parse_qs(url.query)
    assert (url.netloc, url.path, asked["display"]) == ("provider.example", "/dialog", ["page"])
    assert asked["scope"] == ["pages_messaging,pages_manage_engagement"]
    assert asked["auth_type"] == ["rerequest"]
    assert "code_challenge" not in asked
    calls: list[Request] = []

    def call(request: Request) -> Answered:
        calls.append(request)
        return answer(200, {"access_token": "t", "expires_in": "soon"})

    got = flow.trade(account, its, begun, code="c", redirect_uri="https://b.example/back", call=call)
    assert (got.secrets, got.expires_in_seconds) == ({"access_token": "t"}, None)
    form = calls[0].form
    assert form is not None
    assert form["client_secret"] == "proof"
    assert "code_verifier" not in form
    assert "Authorization" not in calls[0].headers


def test_a_channel_without_a_sign_in_or_a_client_id_says_so(cast: Cast, toy: None) -> None:
    toys = connect(cast, name="Toy")
    with pytest.raises(SignInFailed, match="no_sign_in"):
        begin(toys, cast.ada)
    its = channel("x").capabilities.sign_in
    assert its is not None
    with pytest.raises(SignInFailed, match="no_client_id"):
        flow.authorize_url(replace(x.ACCOUNT, settings={}), its, flow.new_try(), redirect_uri="")


def test_an_oauth_1_signature_is_the_one_that_x_publishes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worked example of X's page "Creating a signature"."""
    where = "authlib.oauth1.rfc5849.client_auth"
    monkeypatch.setattr(f"{where}.generate_nonce", lambda: "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg")
    monkeypatch.setattr(f"{where}.generate_timestamp", lambda: "1318622958")
    by = Signer(
        "xvz1evFS4wEEPTGEFPHBog",
        "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
        "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
        "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
    )
    asked = Request(
        "POST",
        "https://api.twitter.com/1.1/statuses/update.json?include_entities=true",
        form={"status": "Hello Ladies + Gentlemen, a signed OAuth request!"},
    )
    told = signed(asked, by)
    assert 'oauth_signature="hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D"' in told.headers["Authorization"]
    assert (told.url, told.form) == (asked.url, asked.form)
    assert "kAcSOq" not in repr(by)
    by_json = signed(Request("POST", "https://api.x.com/2/tweets", json={"text": "x"}), by)
    assert "oauth_body_hash" not in by_json.headers["Authorization"]
