"""X: what is read, what is asked, what is sent and by whom; the network itself is a function."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from bridge.channels.accounts import Account, NotNow
from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import Conversation, EventKind, Held
from bridge.channels.going_out import Purpose, Result
from bridge.channels.registry import channel
from bridge.channels.webhook import Failed
from bridge.channels.x import looking, reading, search_words, sending, signing, subscribing
from bridge.permalinks import recognise
from bridge.searches import Search
from tests.channels.answers import answer
from tests.channels.cases.x import (
    ACCOUNT,
    CUSTOMER,
    POST,
    US,
    USER,
    activity,
    chat,
    delivery,
    direct,
    message,
    post,
    side,
)

X = channel("x")


class Network:
    """X as a function: answers by path, and keeps what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.asked: list[Request] = []
        self.answers: dict[str, Any] = answers

    def on(self, path: str, *given: Answered | Failed) -> "Network":
        """Answer requests whose path ends so; each in turn, the last one for ever."""
        self.answers[path] = list(given)
        return self

    def __call__(self, request: Request) -> Answered | Failed:
        self.asked.append(request)
        path = urlsplit(request.url).path
        for end, given in self.answers.items():
            if path.endswith(end):
                return given.pop(0) if len(given) > 1 else given[0]  # type: ignore[no-any-return]
        return side(request)

    def query(self, end: str) -> dict[str, str]:
        """The last query to a path that ends so."""
        found = [one for one in self.asked if urlsplit(one.url).path.endswith(end)]
        return {name: values[0] for name, values in parse_qs(urlsplit(found[-1].url).query).items()}

    def paths(self) -> list[str]:
        return [f"{one.method} {urlsplit(one.url).path}" for one in self.asked]


def read(told: dict[str, object], account: Account = ACCOUNT) -> Any:
    (event,) = reading.events(account, orjson.dumps(told))
    return event


def page(*posts: dict[str, object], **meta: object) -> Answered:
    told = {"data": list(posts), "includes": {"users": [USER]}, "meta": {"result_count": len(posts), **meta}}
    return answer(200, told)


# What comes in.


def test_the_challenge_is_answered_with_the_documented_value() -> None:
    account = replace(ACCOUNT, secrets={"consumer_secret": ("test-consumer-secret", "older")})
    asked = replace(delivery({}), method="GET", args={"crc_token": "crc-2b9d6f1c"})
    told = X.challenge(account, asked)
    assert told is not None
    assert orjson.loads(told.body) == {
        "response_token": "sha256=gL/CPoIdgN65ADm/8nFfiqZr0J9wTrSdyg8My4ZfxSI="
    }
    assert (told.status_code, told.content_type) == (200, "application/json")
    assert X.challenge(account, replace(asked, args={})) is None
    assert X.challenge(account, replace(asked, args={"crc_token": "x" * 501})) is None
    assert X.challenge(replace(account, secrets={}), asked) is None


def test_a_delivery_is_named_by_its_uuid_also_a_negative_one() -> None:
    told = activity("post.mention.create", post(), uuid="-498317022904955002")
    assert signing.name_of(orjson.dumps(told)) == "event -498317022904955002"
    assert signing.name_of(b"not json").startswith("sha256-")
    other = activity("post.mention.create", post(), uuid="not a number")
    assert signing.name_of(orjson.dumps(other)).startswith("sha256-")


def test_a_mention_is_the_thread_that_its_address_names() -> None:
    event = read(activity("post.mention.create", post()))
    pasted = recognise(f"https://twitter.com/upset_shopper/status/{POST}?s=20")
    assert (event.thread_id, event.external_id) == (pasted.thread_id, pasted.post_id)
    assert recognise(event.permalink) == pasted
    assert (event.author.external_id, event.author.handle) == (CUSTOMER, "upset_shopper")
    assert event.reference == {"id": POST, "author_id": CUSTOMER, "is_summons": True}
    assert event.language == "en"


def test_users_come_plain_or_wrapped_as_a_list_or_a_map() -> None:
    for users in ([USER], [{"data": USER}], {CUSTOMER: USER}, {CUSTOMER: {"data": USER}}):
        told = activity("post.mention.create", post())
        told["data"]["includes"] = {"users": users}  # type: ignore[index]
        assert read(told).author.handle == "upset_shopper"
    told["data"].pop("includes")  # type: ignore[attr-defined]
    assert (read(told).author.external_id, read(told).author.handle) == (CUSTOMER, "")


def test_our_own_words_are_an_echo_whatever_the_event_is_called() -> None:
    for kind in ("post.create", "post.reply.create", "post.mention.create"):
        told = read(
            activity(kind, post(id="12", author_id=US, conversation_id=POST, in_reply_to_tweet_id=POST))
        )
        assert (told.kind, told.parent_id) == (EventKind.OUTCOME_ECHO, POST)
    sent = read(activity("dm.sent", direct(sender=US, to=CUSTOMER)))
    received = read(activity("dm.received", direct()))
    assert sent.kind is EventKind.OUTCOME_ECHO
    assert sent.thread_id == received.thread_id == f"dm-{US}-{CUSTOMER}"
    assert received.is_private


def test_an_encrypted_message_joins_the_private_conversation_and_has_no_words() -> None:
    event = read(activity("chat.received", chat()))
    assert (event.kind, event.text, event.is_private) == (EventKind.CLOSED_MESSAGE, "", True)
    assert event.thread_id == read(activity("dm.received", direct())).thread_id


def test_an_edited_post_is_the_first_one_with_other_words() -> None:
    told = post(id="13", text="the sole, I mean", edit_history_tweet_ids=[POST, "13"], conversation_id=POST)
    event = read(activity("post.mention.create", told))
    assert (event.kind, event.external_id, event.also_known_as) == (EventKind.EDITED, POST, ("13",))
    assert event.reference["id"] == "13"


def test_a_long_post_is_read_whole_with_its_links_as_they_lead() -> None:
    entities = {"urls": [{"url": "https://t.co/a", "expanded_url": "https://shop.example/heels"}]}
    note = {"text": "A &amp; B: https://t.co/a " + "x" * 400, "entities": entities}
    event = read(activity("post.mention.create", post(text="A &amp; B…", note_tweet=note)))
    assert event.text.startswith("A & B: https://shop.example/heels x")


def test_a_match_of_the_stream_says_what_found_it_unless_it_mentions_us() -> None:
    told = {
        "data": post(entities={}),
        "includes": {"users": [USER]},
        "matching_rules": [{"id": "1", "tag": "heels"}],
    }
    event = read(told)
    assert (event.kind, event.matched_on) == (EventKind.PUBLIC_UNMENTIONED, "heels")
    assert event.reference["is_summons"] is False
    event = read({**told, "data": post()})
    assert (event.kind, event.matched_on) == (EventKind.PUBLIC_MENTION, "")


def test_a_quote_of_ours_summons_us() -> None:
    event = read(activity("post.quote.create", post(entities={})))
    assert (event.kind, event.reference["is_summons"]) == (EventKind.PUBLIC_MENTION, True)


def test_somebody_else_s_revoked_consent_is_not_ours() -> None:
    assert read(activity("oauth.revoke", {"user_id": US})).kind is EventKind.REVOKED
    assert read(activity("oauth.revoke", {"user_id": CUSTOMER})).kind is EventKind.OTHER


@pytest.mark.parametrize("kind", ["follow.follow", "profile.update.handle", "typing"])
def test_what_we_do_not_read_is_kept_as_other(kind: str) -> None:
    assert read(activity(kind, {"id": "1"})).kind is EventKind.OTHER


def test_the_old_payloads_are_read() -> None:
    old = {
        "id": 2091000000000000010,
        "id_str": POST,
        "created_at": "Sun Nov 22 05:10:00 +0000 2026",
        "text": "cut…",
        "truncated": True,
        "extended_tweet": {"full_text": "@northlight my heels &amp; my patience broke"},
        "in_reply_to_status_id_str": None,
        "user": {"id_str": CUSTOMER, "screen_name": "upset_shopper", "name": "Sam"},
        "entities": {"user_mentions": [{"id_str": US, "screen_name": "northlight"}]},
    }
    event = read({"for_user_id": US, "tweet_create_events": [old]})
    assert (event.kind, event.external_id) == (EventKind.PUBLIC_MENTION, POST)
    assert event.text == "@northlight my heels & my patience broke"
    assert event.created_at.isoformat() == "2026-11-22T05:10:00+00:00"
    answered = {**old, "id_str": "14", "in_reply_to_status_id_str": "40", "in_reply_to_user_id_str": US}
    event = read({"for_user_id": US, "tweet_create_events": [answered]})
    assert (event.kind, event.parent_id) == (EventKind.PUBLIC_REPLY, "40")
    gone = {"for_user_id": US, "tweet_delete_events": [{"status": {"id": POST, "user_id": CUSTOMER}}]}
    assert read(gone).kind is EventKind.DELETED
    revoked = {"user_event": {"revoke": {"source": {"user_id": US}, "date_time": "2026-11-22T05:40:00Z"}}}
    assert read(revoked).kind is EventKind.REVOKED
    assert read({"for_user_id": US, "favorite_events": [{}]}).kind is EventKind.OTHER
    assert read({"for_user_id": US, "tweet_create_events": [{**old, "retweeted_status": {}}]}).kind is (
        EventKind.OTHER
    )


# What is asked.

HEELS = Search("Heels", "en", ("example store", "#northlight"), ("broken", "never again"), ("giveaway",))


def test_a_search_becomes_a_query_by_x_s_rules() -> None:
    (query,) = search_words.queries(HEELS, handle="northlight")
    words = '("example store" OR #northlight) (broken OR "never again") -giveaway'
    assert query == f"{words} -@northlight -from:northlight -is:retweet lang:en"
    assert search_words.queries(Search("One", "", ("heels",)), handle="") == ["heels -is:retweet"]


def test_words_that_are_operators_are_only_words() -> None:
    told = Search("Odd", "", ('from:me" OR is:reply', "OR", "lang:de", "-x", '""', "(a)"))
    (query,) = search_words.queries(told, handle="")
    assert query == '("from:me OR is:reply" OR "OR" OR "lang:de" OR "-x" OR "(a)") -is:retweet'


def test_more_words_than_fit_become_more_queries_and_none_is_longer_than_x_takes() -> None:
    many = Search("Many", "en", tuple(f"word number {n}" for n in range(90)), ("bad",), ("not " * 20,) * 40)
    found = search_words.queries(many, handle="northlight")
    assert len(found) > 3
    assert all(len(query) <= search_words.QUERY_MAX for query in found)
    for word in many.any_words:
        assert sum(f'"{word}"' in query for query in found) == 1
    assert all("-(" not in query for query in found)
    long = Search("Long", "en", ("heels",), tuple(f"also {n} words" for n in range(99)))
    assert search_words.queries(long, handle="n") == ["heels -@n -from:n -is:retweet lang:en"]
    assert not search_words.queries(Search("Empty", "en", ("x" * 600, " ")), handle="n")


def test_polling_brings_mentions_messages_and_what_a_search_found_once() -> None:
    found = post(id="31", text="Example Store heels broken", entities={})
    dm = {
        "id": "51",
        "event_type": "MessageCreate",
        "text": "Order 5",
        "sender_id": CUSTOMER,
        "dm_conversation_id": f"{US}-{CUSTOMER}",
        "created_at": "2026-11-22T05:12:00.000Z",
    }
    network = (
        Network()
        .on("/mentions", page(post()))
        .on("/dm_events", page(dm))
        .on(
            "/search/recent",
            page(found, post(id="32", text="A giveaway at example store, broken", entities={})),
        )
    )
    polled = X.poll(ACCOUNT, {}, call=network, searches=[HEELS])
    assert not polled.error
    events = [X.read(ACCOUNT, item.body)[0] for item in polled.items]
    assert [(event.kind, event.external_id) for event in events] == [
        (EventKind.PUBLIC_MENTION, POST),
        (EventKind.PRIVATE_MESSAGE, "dm-51"),
        (EventKind.PUBLIC_UNMENTIONED, "31"),
    ]
    assert events[2].matched_on == "Heels"
    assert events[1].thread_id == f"dm-{US}-{CUSTOMER}"
    again = X.poll(ACCOUNT, orjson.loads(orjson.dumps(polled.cursor)), call=network, searches=[HEELS])
    assert network.query("/mentions")["since_id"] == POST
    assert network.query("/search/recent")["since_id"] == "32"
    assert not [item for item in again.items if item.delivery_id.startswith("dm")], (
        "messages: every second time"
    )


def test_a_search_that_fails_holds_nothing_else_up() -> None:
    network = Network().on("/mentions", page(post())).on("/search/recent", answer(503))
    polled = X.poll(ACCOUNT, {}, call=network, searches=[HEELS])
    assert (polled.error, len(polled.items)) == ("", 1)


def test_without_a_token_or_an_id_somebody_is_asked_for_first() -> None:
    for account in (replace(ACCOUNT, external_id=""), replace(ACCOUNT, secrets={})):
        assert X.poll(account, {}, call=side).is_signed_out
    assert X.poll(ACCOUNT, {}, call=Network().on("/mentions", answer(401))).is_signed_out


def test_a_customer_of_an_open_case_is_followed_in_their_own_conversation() -> None:
    wanted = [
        Conversation(POST, CUSTOMER, "upset_shopper", "2091000000000000012"),
        Conversation("2091000000000000077", "", "other_one", "2091000000000000077"),
        Conversation("pasted-elsewhere", "", "nobody", ""),
    ]
    network = Network().on(
        "/search/recent", page(post(id="2091000000000000090", conversation_id=POST, entities={}))
    )
    (item,) = X.follow(ACCOUNT, wanted, call=network)
    asked = network.query("/search/recent")
    assert asked["query"] == (
        f"(conversation_id:{POST} from:{CUSTOMER}) OR (conversation_id:2091000000000000077 from:other_one)"
    )
    assert asked["since_id"] == "2091000000000000012"
    (event,) = X.read(ACCOUNT, item.body)
    assert (event.kind, event.thread_id) == (EventKind.PUBLIC_REPLY, POST)
    many = [Conversation(str(10**18 + n), CUSTOMER, "", str(10**18 + n)) for n in range(16)]
    network.asked.clear()
    X.follow(ACCOUNT, many, call=network)
    assert 1 < len(network.asked) <= 3
    assert all(len(parse_qs(urlsplit(one.url).query)["query"][0]) <= 512 for one in network.asked)


def test_only_a_post_that_x_says_is_not_there_is_gone() -> None:
    def error(post_id: str, kind: str) -> dict[str, str]:
        return {"resource_id": post_id, "type": f"https://api.twitter.com/2/problems/{kind}"}

    told = {
        "data": [{"id": "1"}],
        "errors": [error("2", "resource-not-found"), error("3", "not-authorized-for-resource")],
    }
    held = [Held(name, {"id": name}) for name in ("1", "2", "3")]
    items = X.reread(ACCOUNT, held, call=Network().on("/2/tweets", answer(200, told)))
    assert [X.read(ACCOUNT, item.body)[0].external_id for item in items] == ["2"]


# What is sent.


@pytest.mark.parametrize("purpose", [Purpose.PUBLIC_REPLY, Purpose.PRIVATE_MESSAGE])
def test_who_did_not_summon_us_is_answered_by_a_person(purpose: Purpose) -> None:
    network = Network()
    told = X.send(ACCOUNT, message(purpose, reference={"id": POST, "is_summons": False}), call=network)
    assert (told.result, told.error) == (Result.HAND_OFF, "not_summoned")
    assert not network.asked, "it is not even tried"
    enterprise = replace(ACCOUNT, settings={"access": "enterprise"})
    told = X.send(enterprise, message(purpose, reference={"id": POST, "is_summons": False}), call=network)
    assert told.result is Result.SENT


def test_the_hand_off_has_the_text_in_it_and_a_private_one_has_not() -> None:
    text = "Sorry & thanks! 100% #care +1 ñ\n👋"
    told = X.send(ACCOUNT, message(text=text, reference={}), call=Network())
    parts = urlsplit(told.hand_off_url)
    assert (parts.netloc, parts.path) == ("x.com", "/intent/tweet")
    assert parse_qs(parts.query) == {"in_reply_to": [POST], "text": [text]}
    assert " " not in told.hand_off_url
    private = X.send(
        ACCOUNT,
        message(Purpose.PRIVATE_MESSAGE, text="Show K7QF", reference={"is_summons": False}),
        call=side,
    )
    assert private.hand_off_url == f"https://x.com/messages/compose?recipient_id={CUSTOMER}"
    long = X.send(ACCOUNT, message(text="👨‍👩‍👧‍👦" * 140, reference={}), call=side)
    assert long.hand_off_url == f"https://x.com/intent/tweet?in_reply_to={POST}"


@pytest.mark.parametrize(
    ("answered", "error"),
    [
        (
            answer(403, {"title": "Forbidden", "detail": "You are not permitted to reply to this Post."}),
            "reply_refused",
        ),
        (
            answer(403, {"detail": "You are not allowed to create a Tweet with duplicate content."}),
            "duplicate",
        ),
        (
            answer(403, {"errors": [{"type": "https://api.twitter.com/2/problems/client-forbidden"}]}),
            "reply_refused",
        ),
    ],
)
def test_a_refused_reply_is_handed_to_a_person(answered: Answered, error: str) -> None:
    told = X.send(ACCOUNT, message(), call=Network().on("/2/tweets", answered))
    assert (told.result, told.error) == (Result.HAND_OFF, error)
    assert told.hand_off_url.startswith("https://x.com/intent/tweet?in_reply_to=")


def test_a_refused_private_message_fails_and_says_so() -> None:
    told = X.send(
        ACCOUNT,
        message(Purpose.PRIVATE_MESSAGE),
        call=Network().on("/messages", answer(403, {"title": "Forbidden"})),
    )
    assert (told.result, told.error) == (Result.FINAL, "private_refused")


PROBLEM = "https://api.x.com/2/problems/"


@pytest.mark.parametrize(
    ("answered", "result", "error"),
    [
        (answer(200, {"errors": [{"type": f"{PROBLEM}resource-not-found"}]}), Result.FINAL, "status_404"),
        (
            answer(404, {"type": "https://api.twitter.com/2/problems/resource-not-found"}),
            Result.FINAL,
            "status_404",
        ),
        (answer(200, {"errors": [{"type": f"{PROBLEM}rate-limit-exceeded"}]}), Result.RETRY, "too_much"),
        (answer(429, {"type": f"{PROBLEM}usage-capped"}), Result.RETRY, "usage-capped"),
        (
            answer(
                400,
                {
                    "type": f"{PROBLEM}invalid-request",
                    "errors": [{"detail": "text field exceeds maximum length of 280 characters"}],
                },
            ),
            Result.FINAL,
            "too_long",
        ),
        (answer(200, {"errors": [{"message": "odd"}]}), Result.UNKNOWN, "bad_answer"),
        (answer(302, location="https://elsewhere.example"), Result.RETRY, "status_302"),
    ],
)
def test_errors_are_told_apart_by_the_last_step_of_their_type(
    answered: Answered, result: Result, error: str
) -> None:
    told = X.send(ACCOUNT, message(), call=Network().on("/2/tweets", answered))
    assert (told.result, told.error) == (result, error)


def test_a_customer_whom_an_agent_pasted_is_asked_for_by_name() -> None:
    network = Network().on("/by/username/upset_shopper", answer(200, {"data": {"id": CUSTOMER}}))
    summoned = {"is_summons": True}
    told = X.send(
        ACCOUNT, message(Purpose.PRIVATE_MESSAGE, to_external_id="", reference=summoned), call=network
    )
    assert told.result is Result.SENT
    assert network.paths()[-1].endswith(f"/with/{CUSTOMER}/messages")
    odd = message(Purpose.PRIVATE_MESSAGE, to_external_id="", to_handle="../../me", reference=summoned)
    assert X.send(ACCOUNT, odd, call=network).result is Result.HAND_OFF


def reply_of_ours(text: str, to: str = POST, **more: object) -> dict[str, object]:
    return {
        "id": "40",
        "text": text,
        "created_at": "2026-11-22T05:11:00.000Z",
        "referenced_tweets": [{"type": "replied_to", "id": to}],
        **more,
    }


def test_an_earlier_try_is_found_by_what_it_answers_and_by_its_words() -> None:
    sent = message(text="Sorry & see https://shop.example/help please.")
    ours = reply_of_ours("@upset_shopper Sorry &amp; see https://t.co/xyz please.")
    told = looking.find(ACCOUNT, sent, call=Network().on("/tweets", page(ours)))
    assert (told.result, told.external_id) == (Result.SENT, "40")
    for other in (
        reply_of_ours("Something else"),
        reply_of_ours("Sorry & see https://t.co/xyz please.", to="99"),
    ):
        told = looking.find(ACCOUNT, sent, call=Network().on("/tweets", page(other)))
        assert told.result is Result.NOT_THERE


def test_a_look_reads_on_until_before_the_first_try() -> None:
    old = reply_of_ours("x", created_at="2026-11-22T04:00:00.000Z")
    network = Network().on(
        "/tweets", page(reply_of_ours("x"), next_token="more"), page(old, next_token="still more")
    )
    assert looking.find(ACCOUNT, message(), call=network).result is Result.NOT_THERE
    assert network.query("/tweets")["pagination_token"] == "more"
    endless = Network().on("/tweets", page(reply_of_ours("x"), next_token="more"))
    assert looking.find(ACCOUNT, message(), call=endless).result is Result.UNKNOWN


def test_the_same_private_words_of_last_month_are_another_message() -> None:
    said = {
        "id": "50",
        "text": "We have sent you a message.",
        "sender_id": US,
        "created_at": "2026-10-22T05:11:00.000Z",
    }
    private = message(Purpose.PRIVATE_MESSAGE)
    assert (
        looking.find(ACCOUNT, private, call=Network().on("/dm_events", page(said))).result is Result.NOT_THERE
    )
    said["created_at"] = "2026-11-22T05:10:30.000Z"
    told = looking.find(ACCOUNT, private, call=Network().on("/dm_events", page(said)))
    assert (told.result, told.external_id) == (Result.SENT, "dm-50")


# Tokens and the webhook.


def test_a_refresh_sends_the_pair_it_has_and_keeps_both_new_ones() -> None:
    network = Network().on(
        "/oauth2/token", answer(200, {"access_token": "a2", "refresh_token": "r2", "expires_in": 7200})
    )
    got = X.refresh(ACCOUNT, call=network)
    assert got is not None
    assert (got.secrets, got.expires_in_seconds) == ({"access_token": "a2", "refresh_token": "r2"}, 7200)
    assert network.asked[0].form == {
        "grant_type": "refresh_token",
        "refresh_token": "x-refresh-token",
        "client_id": "client-1",
    }
    confidential = replace(ACCOUNT, secrets={**ACCOUNT.secrets, "client_secret": ("s/1",)})
    X.refresh(confidential, call=network)
    assert network.asked[-1].headers["Authorization"] == "Basic Y2xpZW50LTE6cyUyRjE="


def test_a_refused_refresh_needs_a_person_and_a_failed_one_does_not() -> None:
    refused = answer(
        400, {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}
    )
    assert X.refresh(ACCOUNT, call=Network().on("/oauth2/token", refused)) is None
    for failed in (
        answer(503),
        answer(429, x_rate_limit_reset="1"),
        Failed("timeout", 1.0),
        answer(200, b"{"),
    ):
        with pytest.raises(NotNow):
            X.refresh(ACCOUNT, call=Network().on("/oauth2/token", failed))
    assert X.refresh(replace(ACCOUNT, secrets={}), call=side) is None


def test_an_account_with_a_token_of_its_own_is_asked_who_it_is() -> None:
    unknown = replace(ACCOUNT, external_id="", handle="")
    network = Network().on("/users/me", answer(200, {"data": {"id": US, "username": "northlight"}}))
    got = X.refresh(unknown, call=network)
    assert got is not None
    assert (got.external_id, got.handle, network.paths()) == (US, "northlight", ["GET /2/users/me"])


HOOKED = replace(
    ACCOUNT,
    hook_url="https://bridge.example/hooks/x/1",
    secrets={**ACCOUNT.secrets, "app_token": ("x-app-token",)},
)


def subscribed(kinds: tuple[str, ...]) -> list[dict[str, object]]:
    return [{"event_type": kind, "filter": {"user_id": US}} for kind in kinds]


@pytest.mark.parametrize("shape", [lambda one: [one], lambda one: one, lambda one: {"subscription": one}])
def test_a_webhook_is_registered_subscribed_and_then_left_alone(shape: Callable[[Any], Any]) -> None:
    made = {"id": "7", "url": HOOKED.hook_url, "valid": True}
    one = {"subscription_id": "9", "event_type": "dm.sent"}

    def x(request: Request) -> Answered:
        asked.append(request)
        path = urlsplit(request.url).path
        if path.endswith("/webhooks"):
            return answer(200, {"data": []}) if request.method == "GET" else answer(200, {"data": made})
        if path.endswith("/activity/subscriptions"):
            if request.method == "GET":
                return answer(200, {"data": subscribed(("post.delete",))})
            return answer(200, {"data": shape(one)})
        return side(request)

    asked: list[Request] = []
    polled = X.poll(HOOKED, {}, call=x)
    posts = [request for request in asked if request.method == "POST"]
    assert [one.json["event_type"] for one in posts if "subscriptions" in one.url] == [  # type: ignore[index]
        kind for kind in subscribing.TYPES if kind != "post.delete"
    ]
    assert polled.cursor["hook"]["is_valid"] is True  # type: ignore[index]
    assert not any("/mentions" in request.url for request in asked), "X tells us itself"
    private = next(
        one for one in posts if isinstance(one.json, dict) and one.json.get("event_type") == "dm.received"
    )
    assert private.headers["Authorization"] == "Bearer x-access-token"
    asked.clear()
    X.poll(HOOKED, polled.cursor, call=x)
    assert not asked


def test_a_webhook_that_x_gave_up_is_checked_again_and_polling_goes_on_meanwhile() -> None:
    ours = {"id": "7", "url": HOOKED.hook_url, "valid": False}
    network = Network().on("/webhooks", answer(200, {"data": [ours]})).on("/webhooks/7", answer(400))
    polled = X.poll(HOOKED, {}, call=network)
    assert "PUT /2/webhooks/7" in network.paths()
    assert f"GET /2/users/{US}/mentions" in network.paths()
    assert polled.cursor["hook"]["is_valid"] is False  # type: ignore[index]


@pytest.mark.parametrize(
    ("address", "is_taken"),
    [
        ("https://bridge.example/hooks/x/1", True),
        ("http://bridge.example/hooks/x/1", False),
        ("https://bridge.example:8443/hooks/x/1", False),
        ("https://bridge.example/" + "x" * 200, False),
        ("", False),
    ],
)
def test_x_takes_only_such_an_address(address: str, *, is_taken: bool) -> None:
    assert subscribing.takes(address) == is_taken


def test_sending_needs_no_other_name_of_the_post() -> None:
    network = Network()
    told = X.send(ACCOUNT, message(reply_to="text-of-a-pasted-post", reference={}), call=network)
    assert (told.result, told.error) == (Result.HAND_OFF, "post_not_known")
    assert not network.asked
    assert sending.answered_post(message(reference={"id": "13"})) == "13"
