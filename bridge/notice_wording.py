"""A notice in the words of its reader: subject, short text, body. Pure.

What is said comes from the notice's own facts and from a few that are read when it is sent
(`AtSending`). There is no customer in it: no handle, no name, no code, no text of a message,
because it travels through mail servers and telephone networks. A fact that is missing or of
another kind than expected is worded as "not known"; a notice is never lost for it.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_timezone_name

from bridge import bidi
from bridge.hours import clock_text
from bridge.notice_words import WORDS
from bridge.notice_words.form import Told, Words
from bridge.notices import Template
from bridge.wording import FORMS

TEST_MARK: Final = "is_test"
SUBJECT_MAX_CHARACTERS: Final = 150
SMS_MAX_CHARACTERS: Final = 480
DIGEST_LINES_MAX: Final = 30
PAGES: Final = {
    "thread_id": "/threads",
    "account_id": "/setup/channels",
    "webhook_id": "/setup/webhooks",
}
"""Where a notice leads that is about no case, by the fact that names what it is about."""
_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØøÅå_ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
_AS_GSM: Final = {"\u2019": "'", "\u2013": "-", "\u00a0": " ", "\u202f": " ", "\u2026": "...", "ç": "c"}


@dataclass(frozen=True, slots=True)
class AtSending:
    """What is read when a notice is sent: the case's number, its store ("12 Lakeside"), the reader."""

    number: int | None
    store: str | None
    zone: ZoneInfo
    now: datetime
    locale: str
    path: str
    base_url: str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing told in a digest."""

    template: Template
    facts: Mapping[str, Any]
    at_sending: AtSending


@dataclass(frozen=True, slots=True)
class Worded:
    """A notice ready for a channel. `text` is one short sentence, `lines` the digest's items."""

    subject: str
    text: str
    body: str
    link: str
    link_word: str
    footer: str
    lines: tuple[str, ...] = field(default=())

    def plain(self) -> str:
        """The body as an e-mail has it."""
        parts = [self.body, *(f"- {line}" for line in self.lines), f"{self.link_word}: {self.link}"]
        return "\n\n".join(["\n".join(parts), f"-- \n{self.footer}"]) + "\n"

    def sms(self) -> str:
        """Text and link in the telephone's own alphabet, at most three segments."""
        room = SMS_MAX_CHARACTERS - len(self.link) - 1
        return f"{gsm(self.text)[:room]} {self.link}"


def word(
    template: Template, facts: Mapping[str, Any], at_sending: AtSending, *, items: Sequence[Item] = ()
) -> Worded:
    """Word a notice for one reader. `items` are what a digest tells."""
    words = WORDS.get(at_sending.locale, WORDS["en"])
    told = words.test if facts.get(TEST_MARK) is True else _told(words, template, facts)
    values = {
        name: bidi.apart(value) for name, value in _values(words, facts, at_sending, count=len(items)).items()
    }
    lines = [_line(item) for item in items[:DIGEST_LINES_MAX]]
    if len(items) > DIGEST_LINES_MAX:
        lines.append(f"+ {len(items) - DIGEST_LINES_MAX}")
    return Worded(
        subject=told.subject.format_map(values)[:SUBJECT_MAX_CHARACTERS],
        text=told.text.format_map(values),
        body=told.body.format_map(values),
        link=at_sending.base_url.rstrip("/") + at_sending.path,
        link_word=words.open_link,
        footer=words.footer,
        lines=tuple(lines),
    )


def path_of(escalation_id: UUID | None, facts: Mapping[str, Any], *, reads_promises: bool) -> str:
    """Where the reader finds it: the case's page for those who read promises, else the store's inbox.

    A clock of a conversation that is no case yet leads to the conversation, the trouble of a channel
    or a receiver to its page.
    """
    if escalation_id is not None:
        return f"/escalations/{escalation_id}" if reads_promises else "/inbox"
    for fact, path in PAGES.items():
        try:
            return f"{path}/{UUID(str(facts[fact]))}"
        except (KeyError, ValueError):
            continue
    return "/notices"


def gsm(text: str) -> str:
    """The text in GSM 03.38, so that a segment holds 160 characters: a sign outside it loses its accent."""
    return "".join(sign if sign in _GSM else _nearest(sign) for sign in text)


def _nearest(sign: str) -> str:
    known = "" if sign in {bidi.FIRST_STRONG, bidi.END} else _AS_GSM.get(sign)
    if known is not None:
        return known
    plain = unicodedata.normalize("NFKD", sign)
    return "".join(part for part in plain if part in _GSM) or "?"


def _line(item: Item) -> str:
    words = WORDS.get(item.at_sending.locale, WORDS["en"])
    told = _told(words, item.template, item.facts)
    return told.text.format_map(_values(words, item.facts, item.at_sending, count=0))


def _told(words: Words, template: Template, facts: Mapping[str, Any]) -> Told:
    if template is Template.QUESTION_ASKED and facts.get("is_live") is True:
        return words.live_question
    if template is Template.QUESTION_ASKED and not facts.get("expires_at"):
        return words.open_question
    if template is Template.EXPIRED and facts.get("was_seen") is False:
        return words.expired_unseen
    if _is_of_a_thread(facts):
        if template is Template.CLOCK_WARNING:
            return words.thread_warning
        if template is Template.CLOCK_MISSED:
            return words.thread_missed
    return words.told[template]


def _is_of_a_thread(facts: Mapping[str, Any]) -> bool:
    return bool(facts.get("thread_id")) and not facts.get("number")


def _values(words: Words, facts: Mapping[str, Any], at: AtSending, *, count: int) -> dict[str, str]:
    unknown = words.unknown

    def fact(name: str) -> str:
        found = facts.get(name)
        return unknown if found is None or found == "" else _one_line(found)

    other = " ".join(str(facts[name]) for name in ("other_number", "other_name") if facts.get(name))
    return {
        "number": str(at.number) if at.number is not None else fact("number"),
        "store": _one_line(at.store or facts.get("store_number") or words.any_store),
        "round": fact("round"),
        "other": _one_line(other) or fact("to_number"),
        "km": fact("other_km"),
        "milestone": words.milestones.get(fact("milestone"), fact("milestone")),
        "percent": fact("percent"),
        "due": _moment(facts.get("due_at"), at) or unknown,
        "question": words.questions.get(fact("question"), fact("question")),
        "until": _moment(facts.get("expires_at"), at) or unknown,
        "origin": fact("from_number"),
        "state": words.states.get(fact("state"), fact("state")),
        "reason": words.reasons.get(fact("reason"), fact("reason")),
        "count": str(count),
        "account": fact("account"),
        "receiver": fact("receiver"),
        "trouble": words.troubles.get(fact("trouble"), fact("trouble")),
    }


def _one_line(value: object) -> str:
    """A fact as one line: a header of a mail is no place for line ends."""
    return " ".join(str(value).split())[:120]


def _moment(value: object, at: AtSending) -> str | None:
    """A moment on the reader's clock: "9:30 pm CDT", with the day unless it is today."""
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return None
    if instant.tzinfo is None:
        return None
    form = FORMS.get(at.locale, FORMS["en"])
    locale = at.locale if at.locale in FORMS else "en"
    local = instant.astimezone(at.zone)
    written = clock_text(local.hour * 60 + local.minute, locale)
    if local.date() != at.now.astimezone(at.zone).date():
        written = f"{format_date(local.date(), form.date, locale=form.babel)}, {written}"
    return f"{written} {get_timezone_name(local, width='short', locale=form.babel)}"
