"""The requests that a random life is made of: which there are for a case, and how they are sent."""

import itertools
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from bridge.reasons import CONTESTED, EntryReason
from tests.cast import Cast
from tests.journeys.life_world import EVERYBODY, Ask, Case, World

AMOUNTS = (100, 900, 3_000)
OVER_ANAS_LIMIT = 12_000
CAUSES = ("STORE_SERVICE.conduct", "POLICY", "NOBODY.knows")
_PATHS = {
    "make": "escalations",
    "supersede": "escalations/{case}/supersede",
    "approve": "escalations/{case}/approve",
    "reject": "escalations/{case}/reject",
    "cancel": "escalations/{case}/cancel",
    "revoke": "escalations/{case}/revoke",
    "extend": "escalations/{case}/extend",
    "close": "escalations/{case}/close",
    "reopen": "escalations/{case}/reopen",
    "code_cause": "escalations/{case}/cause",
    "tell_customer": "escalations/{case}/tell-customer",
    "appeal_link": "escalations/{case}/appeal-link",
    "note": "escalations/{case}/notes",
    "store_note": "counter/escalations/{case}/notes",
    "link": "escalations/{case}/duplicates",
    "cut": "duplicates/{subject}/cut",
    "answer": "escalations/{case}/answer",
    "ask": "counter/escalations/{case}/questions",
    "withdraw_question": "counter/escalations/{case}/questions/withdraw",
    "offer": "escalations/{case}/transfers",
    "store_offer": "counter/escalations/{case}/transfers",
    "accept": "counter/transfers/{subject}/accept",
    "refuse": "counter/transfers/{subject}/refuse",
    "withdraw_offer": "transfers/{subject}/withdraw",
    "withdraw_store_offer": "counter/transfers/{subject}/withdraw",
    "decide": "counter/decisions",
    "undo": "counter/decisions/{subject}/undo",
    "annul": "counter/decisions/{subject}/annul",
    "assign": "reviews/{subject}/assign",
    "find": "reviews/{subject}/find",
}
VERSIONED = frozenset(
    "supersede approve reject cancel revoke extend close reopen assign find".split()  # noqa: SIM905 - read as words
)
_WITHOUT_BODY = frozenset({"appeal_link", "withdraw_question"})


@dataclass(frozen=True)
class Sent:
    """A request as bytes, so that it can be sent again."""

    path: str
    headers: dict[str, str]
    body: bytes | None


@dataclass(frozen=True)
class Got:
    """An answer."""

    status: int
    raw: bytes
    replayed: bool

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Desk:
    """Sends requests as anybody. Each has a key of its own."""

    def __init__(self, app: Flask, cast: Cast) -> None:
        self._app, self._cast = app, cast
        self._client: FlaskClient = app.test_client()
        self._numbers = itertools.count(1)

    def write(self, ask: Ask) -> Sent:
        """The request that carries `ask`."""
        path = _PATHS[ask.act].format(case=ask.case, subject=ask.subject)
        headers = {"Idempotency-Key": f"life-{next(self._numbers)}", **self.signed(ask.who)}
        if ask.act in VERSIONED:
            headers["If-Match"] = f'"{ask.version}"'
        body = None if ask.act in _WITHOUT_BODY else json.dumps(ask.body).encode()
        return Sent(f"/api/v1/{path}", headers, body)

    def send(self, sent: Sent) -> Got:
        return _send(self._client, sent)

    def send_at_once(self, *sent: Sent) -> list[Got]:
        """Each on a thread and a connection of its own."""
        with ThreadPoolExecutor(len(sent)) as pool:
            return list(pool.map(lambda one: _send(self._app.test_client(), one), sent))

    def read(self, path: str, who: str) -> Got:
        answer = self._client.get(f"/api/v1/{path}", headers=self.signed(who))
        return Got(answer.status_code, answer.get_data(), False)

    def signed(self, who: str) -> dict[str, str]:
        return {} if who == "nobody" else self._cast.members[who].headers


def _send(client: FlaskClient, sent: Sent) -> Got:
    typed = {} if sent.body is None else {"data": sent.body, "content_type": "application/json"}
    answer = client.post(sent.path, headers=sent.headers, **typed)
    return Got(answer.status_code, answer.get_data(), "Idempotent-Replayed" in answer.headers)


def requests(world: World, act: str, now: datetime) -> list[Ask]:
    """Everything that anybody may try with `act`, in an order that does not depend on ids."""
    return list(_of_threads(world) if act == "make" else _of_cases(world, act, now))


def _of_threads(world: World) -> Iterator[Ask]:
    for thread in world.threads:
        for who in EVERYBODY:
            yield from (Ask("make", who, body=body) for body in _promises(thread))


def _promises(thread: str) -> Iterator[dict[str, Any]]:
    kinds = [("authorise", amount) for amount in (*AMOUNTS, OVER_ANAS_LIMIT)] + [("recommend", AMOUNTS[1])]
    for level, amount in kinds:
        line = {"type": "exchange", "level": level, "item": "CD", "amount_minor": amount}
        yield {"thread_id": thread, "store_scope": "one", "store_number": "12", "lines": [line]}


def _of_cases(world: World, act: str, now: datetime) -> Iterator[Ask]:
    for case in world.cases.values():
        for subject, body in _variants(world, case, act, now):
            for who in EVERYBODY:
                yield Ask(act, who, case.id, subject, case.version, body)


def _variants(
    world: World, case: Case, act: str, now: datetime
) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """The rows of the case that `act` can be about, and what can be said."""
    later = (max(now, case.valid_until) + timedelta(days=2)).isoformat()
    if act == "decide":
        yield from ((None, body) for body in _decisions(case))
    elif act in {"undo", "annul"}:
        yield from ((decision.id, {"reason_text": "wrong"}) for decision in case.decisions)
    elif act in {"accept", "refuse", "withdraw_offer", "withdraw_store_offer"}:
        yield from ((offer.id, {"note": "well"}) for offer in case.offers)
    elif act in {"assign", "find"}:
        yield from _findings(world, case, act)
    elif act == "cut":
        yield from ((link.id, {"reason": "two"}) for link in world.links if link.case == case.id)
    elif act == "link":
        yield from ((None, {"duplicate_of_id": other, "reason": "same"}) for other in world.cases)
    elif act == "extend":
        yield from ((None, {"valid_until": until}) for until in (later, now.isoformat()))
    elif act == "answer":
        yield None, {"text": "Yes."}
        yield None, {"text": "Yes, and longer.", "valid_until": later}
    elif act == "ask":
        yield from ((None, {"question": "Q03", "is_live": live}) for live in (False, True))
    elif act in {"offer", "store_offer"}:
        yield from ((None, {"to_store": store, "reason": "no_stock"}) for store in ("40", "12", "10"))
    elif act == "supersede":
        yield from ((None, body) for body in _promises(case.thread))
    elif act in {"close", "code_cause"}:
        yield from ((None, {"cause": cause}) for cause in CAUSES[: 3 if act == "close" else 2])
    elif act == "revoke":
        yield None, {"reason": "R01", "text": "wrong amount"}
    elif act == "tell_customer":
        yield None, {"channel": "private"}
    elif act == "note":
        yield None, {"text": "Called them.", "visibility": "internal"}
    elif act == "store_note":
        yield None, {"text": "Put aside."}
    elif act in _WITHOUT_BODY:
        yield None, {}
    else:
        yield None, {"reason": "as agreed"}


def _findings(world: World, case: Case, act: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for review in world.reviews:
        if review.case != case.id:
            continue
        contested = EntryReason(review.reason) in CONTESTED
        if act == "assign":
            yield review.id, {}
            continue
        for found in ("overturned", "upheld", "noted") if contested else ("noted", "upheld"):
            said = {"text": "Both sides heard.", "cause_code": "STORE_SERVICE.conduct.disbelief_of_customer"}
            yield review.id, {"finding": found, **said}


def _decisions(case: Case) -> Iterator[dict[str, Any]]:
    by_id = {"escalation_id": case.id}
    yield {"action": "acknowledge", **by_id}
    yield {"action": "decline", "reason": "D16", "reason_text": "We never heard of this.", **by_id}
    yield {"action": "honour", **by_id}
    yield {"action": "acknowledge", **by_id, "version": case.version + 1}
    for code in (case.code, *case.old_codes[-1:]):
        if code is None:
            continue
        yield {"action": "honour", "code": code}
        yield {"action": "honour", "code": code, "amount_minor": 50, "keep_rest": True}
        yield {"action": "honour", "code": code, "amount_minor": 50, "keep_rest": False}
        yield {"action": "honour", "code": code, "amount_minor": case.authorised + 1}
        yield {"action": "honour", "code": code, "version": case.version + 1}
