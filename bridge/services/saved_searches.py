"""Saved searches of a brand: add one, change it, switch it on and off, try it. Audited in "configuration".

A search finds posts where nobody mentions us, on networks that can be asked, and sorts what listening
tools tell (`bridge/services/listening.py`).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, func, select

from bridge import searches
from bridge.channels.registry import channels, networks
from bridge.errors import Conflict, InvalidInput, NotFound
from bridge.models.listening import SavedSearch
from bridge.names import plain_name
from bridge.roles import Actor
from bridge.searches import (
    LANGUAGE_FORM,
    NAME_MAX_CHARACTERS,
    WORD_MAX_CHARACTERS,
    WORDS_MAX,
    Judged,
    Search,
)
from bridge.services import audit
from bridge.threads import TEXT_MAX_CHARACTERS

AUDIT_STREAM: Final = "configuration"
SEARCHES_MAX: Final = 100
LISTS: Final = ("any_words", "also_words", "not_words")


def listed(session: Session, actor: Actor) -> list[SavedSearch]:
    """The brand's searches by name, those that are switched off too."""
    query = select(SavedSearch).where(col(SavedSearch.brand_id) == _brand_of(actor))
    return list(session.exec(query.order_by(func.lower(SavedSearch.name))))


def find(session: Session, actor: Actor, search_id: UUID, *, for_update: bool = False) -> SavedSearch:
    """One search of the brand. Raises NotFound."""
    query = select(SavedSearch).where(
        col(SavedSearch.id) == search_id, col(SavedSearch.brand_id) == _brand_of(actor)
    )
    found = session.exec(query.with_for_update() if for_update else query).first()
    if found is None:
        raise NotFound("there is no such search")
    return found


def add(session: Session, actor: Actor, given: Mapping[str, Any], *, now: datetime) -> SavedSearch:
    """Add a search, switched on. `given` holds name, network, language and the three lists of words.

    Raises InvalidInput that names each wrong field, and Conflict for a name that is taken and when there
    are a hundred.
    """
    checked = check(given)
    there = listed(session, actor)
    if len(there) >= SEARCHES_MAX:
        raise Conflict(f"there are {SEARCHES_MAX} searches already")
    _require_free(there, str(checked["name"]))
    search = SavedSearch(
        brand_id=_brand_of(actor),
        created_by=actor.id if actor.kind == "person" else None,
        created_at=now,
        updated_at=now,
        **checked,
    )
    session.add(search)
    session.flush()
    _audit(session, "search_added", actor, search, now)
    return search


def change(
    session: Session, actor: Actor, search_id: UUID, given: Mapping[str, Any], *, now: datetime
) -> SavedSearch:
    """Change what is given of a search; locks it. Raises as `add`, and NotFound."""
    search = find(session, actor, search_id, for_update=True)
    before = {name: getattr(search, name) for name in ("name", "network", "language", *LISTS)}
    checked = check({**before, **{name: given[name] for name in given if name in before}})
    _require_free([one for one in listed(session, actor) if one.id != search.id], str(checked["name"]))
    for name, value in checked.items():
        setattr(search, name, value)
    search.enabled = bool(given.get("enabled", search.enabled))
    search.updated_at = now
    session.add(search)
    _audit(session, "search_changed", actor, search, now)
    return search


def as_search(saved: SavedSearch | Mapping[str, Any]) -> Search:
    """A row, or what `check` gave, as the matcher takes it."""
    given = saved if isinstance(saved, Mapping) else saved.model_dump()
    return Search(
        given["name"],
        given["language"],
        tuple(given["any_words"]),
        tuple(given["also_words"]),
        tuple(given["not_words"]),
    )


def try_text(session: Session, actor: Actor, text: str, *, network: str = "", language: str = "") -> Judged:
    """What the searches that are switched on say of a text; with `network` only those that mean it."""
    wanted = [
        as_search(one)
        for one in listed(session, actor)
        if one.enabled and (not network or one.network in {"", network})
    ]
    return searches.judge(text[:TEXT_MAX_CHARACTERS], wanted, language=language)


def asked(search: SavedSearch) -> dict[str, Sequence[str]]:
    """What is asked of each network that can be asked, by the network's name, as it is asked there."""
    found: dict[str, Sequence[str]] = {}
    for channel in channels().values():
        network = channel.capabilities.network
        if channel.capabilities.can_search_unmentioned and search.network in {"", network}:
            found[network] = channel.asks(as_search(search))
    return found


def check(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as they are stored. Raises InvalidInput that names each wrong one."""
    wrong: dict[str, list[str]] = {}
    checked: dict[str, Any] = {"network": given.get("network") or "", "language": given.get("language") or ""}
    try:
        checked["name"] = plain_name(
            str(given.get("name", "")), field_name="name", longest=NAME_MAX_CHARACTERS
        )
    except InvalidInput as error:
        wrong.update(_fields(error))
    if checked["network"] and checked["network"] not in networks():
        wrong["network"] = [f"One of {', '.join(networks())}, or none for all."]
    if not re.match(LANGUAGE_FORM, str(checked["language"])):
        wrong["language"] = ["A short word as en, or none for all."]
    for name in LISTS:
        checked[name] = _words(name, given.get(name) or (), wrong)
    if not checked["any_words"] and "any_words" not in wrong:
        wrong["any_words"] = ["At least one word to look for is needed."]
    if wrong:
        raise InvalidInput("The search is not valid.", fields=wrong)
    return checked


def _words(name: str, given: Sequence[str], wrong: dict[str, list[str]]) -> list[str]:
    """The words once each, whatever their capitals and accents, in the order given."""
    kept: dict[str, str] = {}
    for word in given:
        try:
            plain = plain_name(word, field_name=name, longest=WORD_MAX_CHARACTERS)
        except InvalidInput as error:
            wrong.update(_fields(error))
            continue
        if not any(sign.isalnum() for sign in plain):
            wrong[name] = ["A word needs a letter or a digit."]
        kept.setdefault(searches.folded(plain), plain)
    if len(kept) > WORDS_MAX:
        wrong[name] = [f"At most {WORDS_MAX} words."]
    return list(kept.values())


def _fields(error: InvalidInput) -> dict[str, list[str]]:
    fields: Any = error.details["fields"]
    return dict(fields)


def _require_free(there: Sequence[SavedSearch], name: str) -> None:
    if any(one.name.lower() == name.lower() for one in there):
        raise Conflict("there is a search of this name already")


def _brand_of(actor: Actor) -> UUID:
    assert actor.brand_id is not None
    return actor.brand_id


def _audit(session: Session, action: str, actor: Actor, search: SavedSearch, now: datetime) -> None:
    facts = {"search_id": str(search.id), "enabled": search.enabled}
    audit.record(session, stream=AUDIT_STREAM, action=action, actor=actor, facts=facts, now=now)
