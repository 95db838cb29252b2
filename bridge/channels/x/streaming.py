"""X's filtered stream: saved searches as rules, and what is said on the line.

The rules are the app's: ours have a tag of ours, and others are left alone. An app may hold one line. On it
comes a post per line, an empty line every 20 seconds, and an error before X ends it.
Source: docs.x.com/x-api/posts/filtered-stream, fundamentals/handling-disconnections.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlencode

import orjson
import structlog

from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Call, Request
from bridge.channels.coming_in import Item
from bridge.channels.streams import Over, Trouble
from bridge.channels.webhook import Failed
from bridge.channels.x.answers import WAIT_WHEN_CAPPED_SECONDS, problem, question, signed_in, trouble
from bridge.channels.x.pages import POST, item, or_empty
from bridge.channels.x.posts import rows
from bridge.channels.x.search_words import RULE_MAX, queries
from bridge.channels.x.searching import is_for_us
from bridge.searches import Search, holds

RULES: Final = "/2/tweets/search/stream/rules"
LINE: Final = "/2/tweets/search/stream"
RULES_MAX: Final = 1_000
SINGLY_MAX: Final = 25
NOT_THE_RULE: Final = frozenset({401, 403, 429})
"""Refusals that say nothing about what was to be changed."""
OURS: Final = "bridge: "
"""How the tags of our rules begin; the search's name follows."""

log = structlog.get_logger()

Rule = tuple[str, str]
"""What it looks for, and its tag."""


class RuleStream:
    """The stream of an app, in the name of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.key = sha256(f"{account.base_url} {account.secret('app_token')}".encode()).hexdigest()

    def tune(self, searches: Sequence[Search], *, call: Call) -> Answered | Failed | None:
        """Set the rules right: take away what nobody looks for any more, then add what is missing."""
        told = call(question(self._account, RULES, {}, by="app_token"))
        if not isinstance(told, Answered) or not told.is_good or not told.object():
            return told
        there = {(one.get("value"), one.get("tag")): one.get("id") for one in rows(told.object().get("data"))}
        ours = {rule: own for rule, own in there.items() if or_empty(rule[1]).startswith(OURS)}
        wanted = rules(searches, handle=self._account.handle)
        gone = [own for rule, own in ours.items() if rule not in wanted]
        missing = [{"value": value, "tag": tag} for value, tag in wanted if (value, tag) not in ours]
        if gone and (why := self._change({"delete": {"ids": gone}}, call)[1]):
            return why
        return self._add(missing, call) if missing else None

    def request(self) -> Request:
        """The line, with what is asked of each post."""
        where = f"{self._account.base_url}{LINE}?{urlencode(POST)}"
        return Request("GET", where, signed_in(self._account, by="app_token"))

    def heard(self, line: bytes, searches: Sequence[Search]) -> Item | Over | None:
        """A post, under the first search that found it and keeps it."""
        try:
            given = orjson.loads(line)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(given, Mapping):
            return None
        post = given.get("data")
        if isinstance(post, Mapping) and or_empty(post.get("id")):
            return self._found(given, post, searches)
        for error in rows(given.get("errors")):
            return Over(_word(error))
        return None

    def wait_seconds(self, why: Trouble, tries: int) -> float:
        """As X asks: 250 ms more each time where the line broke, doubling from 5 s where X refused it, and
        from 60 s where it says that it is too much.
        """
        doubled = 2.0 ** min(tries - 1, 10)
        if isinstance(why, Answered):
            if problem(why) == "usage-capped":
                return WAIT_WHEN_CAPPED_SECONDS
            return min(60 * doubled, 960.0) if why.status_code == 429 else min(5 * doubled, 320.0)
        return min(0.25 * tries, 16.0)

    def _found(
        self, given: Mapping[str, Any], post: Mapping[str, Any], searches: Sequence[Search]
    ) -> Item | None:
        tags = {or_empty(rule.get("tag")) for rule in rows(given.get("matching_rules"))}
        if not any(tag.startswith(OURS) for tag in tags) or not is_for_us(self._account, post):
            return None
        text = or_empty(post.get("text"))
        # Searches of the same words share a rule, and one may have another name by now.
        for one in searches:
            is_meant = f"{OURS}{one.name}" in tags or holds(text, one.any_words)
            if is_meant and one.keeps(text):
                told = {"data": post, "includes": given.get("includes") or {}}
                return item("post", {**told, "matching_rules": [{"tag": one.name}]})
        return None

    def _add(self, missing: Sequence[Mapping[str, str]], call: Call) -> Answered | Failed | None:
        """Add rules. One that X does not take stops no other, also where X then takes none of them."""
        made, why = self._change({"add": missing}, call)
        if why is None and not made and len(missing) > 1:
            for one in missing[:SINGLY_MAX]:
                why = why or self._change({"add": [one]}, call)[1]
        return why

    def _change(self, change: object, call: Call) -> tuple[int, Answered | Failed | None]:
        """Change the rules. Says how many X made, and what stands in the way of all of them."""
        where = f"{self._account.base_url}{RULES}"
        told = call(Request("POST", where, signed_in(self._account, by="app_token"), json=change))
        if isinstance(told, Failed) or told.status_code in NOT_THE_RULE or told.status_code >= 500:
            return 0, told
        given = told.object()
        if not told.is_good or given.get("errors"):
            log.warning("stream_rules_refused", account_id=str(self._account.id), error=trouble(told))
        return len(rows(given.get("data"))), None


def rules(searches: Iterable[Search], *, handle: str) -> list[Rule]:
    """The rules of these searches, each value once."""
    found: dict[str, str] = {}
    for one in searches:
        for value in queries(one, handle=handle, longest=RULE_MAX):
            found.setdefault(value, f"{OURS}{one.name}")
    return list(found.items())[:RULES_MAX]


def _word(error: Mapping[str, Any]) -> str:
    """One word for an error on the line: `operational-disconnect`."""
    last = or_empty(error.get("type")).rstrip("/").rpartition("/")[2] or or_empty(error.get("title"))
    return last[:60] if last.isascii() and last.isprintable() and last else "stream_ended"
