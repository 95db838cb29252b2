"""What the customer reads: the private text with the code, the public one without, outcomes, the slip.

Built only from the issued promise (`PromiseFacts`), so a text cannot promise more than the
grant allowed. The sentences are in `wording.py`. A text is put together from whole
sentences, fullest first, until one fits the network; nothing is ever cut in the middle.
The public text never holds code, amount, store or a name, whatever the facts contain.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_timezone_name
from babel.numbers import format_currency, format_percent, get_currency_precision, get_currency_symbol

from bridge.codes import contains_code, grouped, normalise
from bridge.errors import InvalidInput
from bridge.hours import clock_text
from bridge.lengths import Length, measure
from bridge.wording import FORMS, PROMISES, REASONS, WORDING

Words = Mapping[str, Mapping[str, str]]
"""Sentences by language and name, as in `WORDING`."""

LOCALES: Final = tuple(WORDING)
OUTCOMES: Final = ("honoured", "honoured_part", "declined", "revoked", "expired")

_MENTIONS: Final = frozenset({"x", "bluesky", "mastodon", "instagram"})
_NO_HANDLE: Final = frozenset({"email", "sms", "whatsapp"})  # There it is an address or a phone number.
_BIDI_OR_CONTROL: Final = re.compile(
    "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x1f\x7f-\x9f\u2028\u2029]+"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseFacts:
    """The issued promise, as far as the customer may know it. `handle` is the customer's.

    `what` and `bring` are worded already, in the customer's language; `conditions` as their author
    wrote them. Without `store_name` the promise holds at any store. `until_local` is aware,
    `until_zone` its IANA name.
    `store_ready` says whether the store has acknowledged; None where nobody has to wait for that.
    `status_link` is the customer's own page, `official` the account that we write from.
    """

    brand: str
    what: str
    amount_minor: int | None
    currency: str | None
    percent: Decimal | int | None
    store_name: str | None
    store_address: str | None
    store_hours_line: str | None
    until_local: datetime
    until_zone: str
    code: str | None
    bring: tuple[str, ...]
    handle: str
    agent_name: str
    store_ready: bool | None = None
    status_link: str = ""
    official: str = ""
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerTexts:
    """The two texts and how long each is on its channel."""

    private: str
    public: str
    private_length: Length
    public_length: Length


@dataclass(frozen=True, slots=True)
class Slip:
    """The lines of a printed slip, top to bottom; an empty one is left out when printing."""

    title: str
    code: str
    what: str
    only_if: str
    store: str
    address: str
    until: str
    bring: str
    help: str
    official: str


def customer_texts(
    facts: PromiseFacts, locale: str, channel: str, *, wording: Words = WORDING
) -> CustomerTexts:
    """Write the texts of an issued promise. Raises InvalidInput for a language we do not write.

    `wording` is the brand's own where it has one (`bridge/brand_messages.py`).
    """
    words, values = _words(locale, wording), _values(facts, locale, channel)
    hello = "hello" if values["who"] else "hello_nobody"
    short = "hello_short" if values["who"] else "hello_short_nobody"
    place = "" if facts.store_name else "_any"
    act = f"show{place}" if facts.code else f"no_code{place}"
    address = "address" if facts.store_address and facts.store_name else None
    hours = "hours" if facts.store_hours_line and facts.store_name else None
    bring = "bring" if facts.bring else None
    only_if = "only_if" if facts.conditions else None
    # Nobody drives to a store that has not answered: this is in every form of the text.
    ready = {True: "go", False: "wait", None: None}[facts.store_ready if facts.code else None]
    ready_short = f"{ready}_short" if ready else None
    secret, secret_short = ("secret", "secret_short") if facts.code else (None, None)
    # The customer's page tells address and hours too, so it stays longer than they do.
    link, link_short = ("link", "link_short") if facts.status_link else (None, None)
    fullest_first = (
        (hello, "promise", only_if, act, ready, address, hours, bring, secret, link),
        (hello, "promise", only_if, act, ready_short, address, hours, bring, secret_short, link),
        (hello, "promise", only_if, act, ready_short, address, bring, secret_short, link),
        (hello, "promise", only_if, act, ready_short, bring, secret_short, link_short),
        (short, "promise", only_if, act, ready_short, bring, secret_short, link_short),
        (short, "promise", only_if, act, ready_short, bring, secret_short),
        # Conditions may be longer than a post; the customer's page has them whole.
        (short, "promise", act, ready_short, bring, secret_short, link_short),
        (short, "promise", act, ready_short, bring, secret_short),
        (short, "promise", act, ready_short, bring),
    )
    privates = (_sentences(words, keys, values) for keys in fullest_first)
    return _fitted(privates, _publics(words, "public", values), facts, channel)


def outcome_texts(
    outcome: str,
    facts: PromiseFacts,
    locale: str,
    channel: str,
    *,
    given_minor: int | None = None,
    left_minor: int | None = None,
    reason: str | None = None,
    has_private: bool = True,
    wording: Words = WORDING,
) -> CustomerTexts:
    """Write what happened at the counter. `reason` is worded for the customer already.

    A bad end is told in private only; in public it is "we have sent you a message", or, where none can
    be sent, "please write to us".
    """
    if outcome not in OUTCOMES:
        raise InvalidInput("There is no text for this outcome.", fields={"outcome": [outcome]})
    words, values = _words(locale, wording), _values(facts, locale, channel)
    values["reason"] = _clean(reason or "").rstrip(".")
    for name, minor in (("given", given_minor), ("left", left_minor)):
        values[name] = money(minor, facts.currency, locale) if minor and facts.currency else ""
    told: tuple[str | None, ...] = {
        "honoured": ("honoured",),
        "honoured_part": (
            "honoured_part_amount" if values["given"] else "honoured_part",
            "left" if values["left"] else None,
        ),
        "declined": ("declined", "reason" if values["reason"] else None, "another_way"),
        "revoked": ("revoked", "another_way"),
        "expired": ("expired", "still_needed"),
    }[outcome]
    hello = "hello" if values["who"] else "hello_nobody"
    short = "hello_short" if values["who"] else "hello_short_nobody"
    privates = (
        _sentences(words, keys, values) for keys in ((hello, *told), (short, *told), (short, *told[:1]))
    )
    told_elsewhere = "public_more" if has_private else "public_news"
    ending = "public_honoured" if outcome == "honoured" else told_elsewhere
    return _fitted(privates, _publics(words, ending, values), facts, channel)


def slip(facts: PromiseFacts, locale: str, *, wording: Words = WORDING) -> Slip:
    """Write the lines of the printed slip."""
    words, values = _words(locale, wording), _values(facts, locale, "print")
    return Slip(
        title=words["slip_title"].format_map(values),
        code=values["code"],
        what=values["what"],
        only_if=words["only_if"].format_map(values) if facts.conditions else "",
        store=values["store"] if facts.store_name else words["slip_any_store"].format_map(values),
        address=values["address"],
        until=words["slip_until"].format_map(values),
        bring=words["bring"].format_map(values) if facts.bring else "",
        help=words["slip_help"],
        official=words["slip_official"].format_map(values) if facts.official else "",
    )


def safe_reason(reason: str, locale: str) -> str:
    """A refusal's reason as the customer may read it; suspicion and house rules stay in the house."""
    _words(locale)
    return REASONS[locale].get(reason, "")


def promise_phrase(
    promise_type: str,
    item: str | None,
    *,
    amount_minor: int | None,
    currency: str | None,
    percent: Decimal | int | None,
    locale: str,
) -> str:
    """Word a promise for `PromiseFacts.what`: "$15.00 off Galaxy S6 case".

    An amount is told only where it is what the customer gets, with "up to" where it is a
    most. `percent` is plain: 15 is 15 %. Raises InvalidInput for an
    unknown type and for a discount without its measure.
    """
    _words(locale)
    phrases = PROMISES[locale]
    values = {"item": _clean(item or ""), "amount": "", "percent": ""}
    key = promise_type
    if amount_minor is not None and currency is not None and f"{key}.amount" in phrases:
        values["amount"] = money(amount_minor, currency, locale)
        key += ".amount"
    elif percent is not None and f"{key}.percent" in phrases:
        values["percent"] = percentage(percent, locale)
        key += ".percent"
    if key not in phrases or key == "with_item":
        raise InvalidInput("This promise cannot be worded.", fields={"type": [promise_type]})
    phrase = phrases[key].format_map(values)
    if not values["item"]:
        return phrase
    if f"{key}.item" in phrases:
        return phrases[f"{key}.item"].format_map(values)
    return phrases["with_item"].format(phrase=phrase, item=values["item"])


def money(amount_minor: int, currency: str, locale: str) -> str:
    """Write an amount as the locale does; the dollar is "$" in all, for the stores are where it is."""
    amount = Decimal(amount_minor).scaleb(-get_currency_precision(currency))
    babel_locale = FORMS[locale].babel
    written = format_currency(amount, currency, locale=babel_locale)
    if currency == "USD":
        written = written.replace(get_currency_symbol("USD", locale=babel_locale), "$")
    return _narrow(written)


def percentage(percent: Decimal | int, locale: str) -> str:
    """Write a percentage (15 is 15 %) as the locale does."""
    form = FORMS[locale].babel
    share = Decimal(percent) / 100
    written = format_percent(share, locale=form, decimal_quantization=False)
    return _narrow(written)


def moment_text(facts: PromiseFacts, locale: str) -> str:
    """Write until when: "Sat, Jun 7, 9 pm". Midnight belongs to the day it ends."""
    if facts.until_local.tzinfo is None:
        raise ValueError("until_local has to be aware")
    local = facts.until_local.astimezone(ZoneInfo(facts.until_zone))
    minute = local.hour * 60 + local.minute
    on = local.date() - timedelta(days=1) if minute == 0 else local.date()
    form = FORMS[locale]
    written = f"{format_date(on, form.date, locale=form.babel)}, {clock_text(minute, locale)}"
    if facts.store_name is None:
        written += f" {get_timezone_name(local, width='short', locale=form.babel)}"
    return _narrow(written)


def _words(locale: str, wording: Words = WORDING) -> Mapping[str, str]:
    if locale not in wording:
        raise InvalidInput("We do not write in this language.", fields={"locale": [locale]})
    return wording[locale]


def _values(facts: PromiseFacts, locale: str, channel: str) -> dict[str, str]:
    return {
        "who": _addressed(facts.handle, channel),
        "agent": _clean(facts.agent_name),
        "brand": _clean(facts.brand),
        "what": _clean(facts.what).rstrip("."),
        "code": grouped(facts.code) if facts.code else "",
        "store": _clean(facts.store_name or WORDING[locale]["a_store"]),
        "address": _clean(facts.store_address or "").rstrip("."),
        "hours": _clean(facts.store_hours_line or ""),
        "bring": _clean(", ".join(facts.bring)).rstrip("."),
        "conditions": _clean("; ".join(part.rstrip(". ") for part in facts.conditions)),
        "until": moment_text(facts, locale),
        "link": facts.status_link,
        "official": _clean(facts.official),
    }


def _addressed(handle: str, channel: str) -> str:
    name = _clean(handle).lstrip("@ ")
    if not name or channel in _NO_HANDLE:
        return ""
    return f"@{name}" if channel in _MENTIONS else name


def _clean(text: str) -> str:
    """Take out of a name what could turn or break the sentence around it."""
    return " ".join(_BIDI_OR_CONTROL.sub(" ", text).split())


def _narrow(text: str) -> str:
    # X counts the narrow no-break space twice and the ordinary one once.
    return text.replace("\u202f", "\u00a0")


def _sentences(words: Mapping[str, str], keys: Iterable[str | None], values: Mapping[str, str]) -> str:
    sentences = []
    ours = words["a_store"]
    for key in filter(None, keys):
        sentence = words[key].format_map(values)
        # Abbreviations ("9 p. m.") bring their own full stop.
        sentence = re.sub(r"\.\.$", ".", sentence)
        sentences.append(re.sub(rf"(^|\. ){ours}", rf"\1{ours[0].upper()}{ours[1:]}", sentence))
    return " ".join(sentences)


def _publics(words: Mapping[str, str], key: str, values: Mapping[str, str]) -> list[str]:
    keys = ([key] if values["who"] else []) + [f"{key}_nobody", f"{key}_plain"]
    return [words[one].format(who=values["who"], brand=values["brand"]).strip() for one in keys]


def _fitted(
    privates: Iterable[str], publics: Iterable[str], facts: PromiseFacts, channel: str
) -> CustomerTexts:
    """Take the fullest text that fits; the last resort is given even when it is over."""
    private = public = ""
    for private in privates:
        # On X a message is kept as short as a post: one screen, and no surprise when pasted.
        if not measure(private, channel, private=channel != "x").over:
            break
    for public in publics:
        leaks = contains_code(public) or (facts.code is not None and facts.code in normalise(public))
        if not leaks and not measure(public, channel, private=False).over:
            break
    return CustomerTexts(
        private, public, measure(private, channel, private=True), measure(public, channel, private=False)
    )
