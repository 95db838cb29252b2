"""The history of a case as one list for everybody: acts, look-ups, questions, notes, the customer. Pure.

The care team, the store and headquarters read the same entries; a circle only takes away what is
not its business. Each entry says who, in which role, when, and what the act changed from what to what.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from bridge.lifecycle import Action


class Kind(StrEnum):
    """What an entry is about; readers filter by it."""

    ACT = "act"
    TALK = "talk"
    CHECK = "check"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history. `what` is an action, a noted thing, a verdict, or "code.shown"."""

    at: datetime
    kind: Kind
    what: str
    actor: str
    actor_kind: str
    role: str | None = None
    second: str = ""
    """Who said yes to it, when that was somebody else than the actor."""
    store_number: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    status: tuple[str, str] | None = None
    left_minor: tuple[int, int] | None = None
    until: tuple[datetime | None, datetime] | None = None
    stores: tuple[str, str] | None = None
    text: str = ""
    question: str = ""
    visibility: str = ""
    source: str = ""
    device: str = ""


_TALK: Final = frozenset({Action.ASK_AGENT, Action.ANSWER, Action.TELL_CUSTOMER, Action.APPEAL, "note.added"})
_CLOCKS: Final = ("clock.", "ladder.")
_NOT_FOR_STORES: Final = ("review.", "cause.", "duplicate.", "appeal.")
"""Beginnings of what the care team and headquarters keep among themselves."""


def told(
    links: Sequence[tuple[Any, Mapping[str, Any]]],
    *,
    look_ups: Iterable[Any] = (),
    notes: Iterable[Any] = (),
    questions: Iterable[Any] = (),
    transfers: Iterable[Any] = (),
    shown: Iterable[Any] = (),
    for_store: bool,
) -> list[Entry]:
    """The history, newest first. `links` are timeline rows with their bodies, oldest first.

    `notes` are those that the reader may read; an entry about any other note is left out.
    """
    known_notes = {str(note.id): note for note in notes}
    known_questions = {str(question.id): question for question in questions}
    moves = {str(move.id): move for move in transfers}
    entries = []
    left: int | None = None
    until: datetime | None = None
    for link, body in links:
        facts = body["facts"]
        before = left
        left = facts.get("remaining_minor", left)
        new_until = datetime.fromisoformat(facts["valid_until"]) if facts.get("valid_until") else None
        until_before, until = until, new_until or until
        note = known_notes.get(str(facts.get("note")))
        if link.action == "note.added" and note is None:
            continue
        if for_store and link.action.startswith(_NOT_FOR_STORES):
            continue
        question = known_questions.get(str(facts.get("question")))
        move = moves.get(str(facts.get("transfer")))
        entries.append(
            Entry(
                at=link.at,
                kind=_kind(link.action),
                what=link.action,
                actor=link.actor_name or "",
                actor_kind=body["actor"]["kind"],
                role=link.actor_role,
                second=link.second_name or "",
                store_number=link.store_number,
                facts=_open_facts(facts, for_store=for_store),
                status=_changed(facts.get("from"), facts.get("to")),
                left_minor=_changed(before, left),
                until=(until_before, new_until) if new_until and new_until != until_before else None,
                stores=(move.from_number, move.to_number) if move else None,
                text=_text_of(link.action, note, question, move),
                question=question.question if question else "",
                visibility=note.visibility if note else "",
            )
        )
    # A note that came with another act (a reason in full) has no link of its own.
    linked = {str(body["facts"].get("note")) for _, body in links}
    entries += [_noted(note) for note_id, note in known_notes.items() if note_id not in linked]
    entries += [_check(row) for row in look_ups]
    entries += [
        Entry(
            at=row.shown_at,
            kind=Kind.CHECK,
            what="code.shown",
            actor="",
            actor_kind="customer",
            facts={"times": row.times_shown},
        )
        for row in shown
        if row.shown_at is not None
    ]
    # Stable: of one instant, what was written later stands higher.
    return sorted(entries, key=lambda entry: entry.at)[::-1]


def of_kind(entries: Sequence[Entry], kind: str | None) -> list[Entry]:
    """The entries of one kind; all for an unknown one."""
    return [entry for entry in entries if kind not in set(Kind) or entry.kind == kind]


def _kind(action: str) -> Kind:
    if action in _TALK:
        return Kind.TALK
    return Kind.CLOCK if action.startswith(_CLOCKS) else Kind.ACT


def _changed(before: Any, after: Any) -> Any:
    return (before, after) if before is not None and after is not None and before != after else None


def _open_facts(facts: Mapping[str, Any], *, for_store: bool) -> Mapping[str, Any]:
    return {name: value for name, value in facts.items() if name != "cause"} if for_store else facts


def _text_of(action: str, note: Any, question: Any, move: Any) -> str:
    if note is not None:
        return str(note.text)
    if question is not None:
        return str(question.answer if action == Action.ANSWER else question.text)
    if move is not None:
        return str(move.note if action == Action.OFFER_TRANSFER else move.decided_note)
    return ""


def _noted(note: Any) -> Entry:
    return Entry(
        at=note.created_at,
        kind=Kind.TALK,
        what="note.added",
        actor=note.author,
        actor_kind="person",
        text=note.text,
        visibility=note.visibility,
    )


def _check(row: Any) -> Entry:
    return Entry(
        at=row.at,
        kind=Kind.CHECK,
        what=row.verdict,
        actor=row.person_name or "",
        actor_kind="person" if row.person_name else "integration",
        role=row.person_role,
        store_number=row.store_number,
        source=row.source,
        device=row.device_name or "",
    )
