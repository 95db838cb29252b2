"""One history for everybody: newest first, from what to what, and nobody reads a circle that is not theirs."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from bridge.case_history import Entry, Kind, of_kind, told

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def link(minute: int, action: str, *, who: str = "Ana", kind: str = "person", **facts: Any) -> Any:
    row = SimpleNamespace(
        at=NOW + timedelta(minutes=minute),
        action=action,
        actor_name=who,
        actor_role="senior_agent",
        second_name=None,
        store_number=None,
    )
    return row, {"facts": facts, "actor": {"kind": kind}}


def look_up(minute: int, verdict: str) -> Any:
    return SimpleNamespace(
        at=NOW + timedelta(minutes=minute),
        verdict=verdict,
        source="scan",
        person_name="Sam",
        person_role="store_manager",
        device_name="till 3",
        store_number="12",
    )


def note(note_id: str, text: str, minute: int = 0) -> Any:
    at = NOW + timedelta(minutes=minute)
    return SimpleNamespace(id=note_id, text=text, visibility="internal", author="Kim", created_at=at)


def actions(entries: list[Entry]) -> list[str]:
    return [entry.what for entry in entries]


def test_acts_and_look_ups_are_one_list_newest_first() -> None:
    entries = told([link(0, "submit"), link(10, "honour")], look_ups=[look_up(5, "genuine")], for_store=False)

    assert actions(entries) == ["honour", "genuine", "submit"]
    assert entries[1].kind is Kind.CHECK
    assert (entries[1].actor, entries[1].role, entries[1].store_number) == ("Sam", "store_manager", "12")


def test_an_entry_tells_from_what_to_what() -> None:
    until, later = "2026-06-07T21:00:00+00:00", "2026-06-14T21:00:00+00:00"
    entries = told(
        [
            link(
                0,
                "submit",
                **{"from": "draft", "to": "issued", "remaining_minor": 4000, "valid_until": until},
            ),
            link(1, "honour_part", **{"from": "issued", "to": "issued", "remaining_minor": 1500}),
            link(
                2,
                "extend",
                **{"from": "issued", "to": "issued", "remaining_minor": 1500, "valid_until": later},
            ),
        ],
        for_store=False,
    )

    extended, part, made = entries
    assert made.status == ("draft", "issued")
    assert (part.status, part.left_minor) == (None, (4000, 1500))
    assert extended.left_minor is None
    assert extended.until == (datetime.fromisoformat(until), datetime.fromisoformat(later))


def test_a_note_stands_only_before_those_who_may_read_it() -> None:
    links = [link(0, "note.added", note="n1", visibility="internal")]

    assert told(links, notes=[], for_store=True) == []
    [entry] = told(links, notes=[note("n1", "Rang her twice.")], for_store=False)
    assert (entry.text, entry.visibility) == ("Rang her twice.", "internal")


def test_a_note_that_came_with_another_act_is_there_too_and_once() -> None:
    links = [link(0, "revoke"), link(3, "note.added", note="n1")]

    entries = told(links, notes=[note("n1", "First.", 3), note("n2", "Recall of May.", 1)], for_store=False)

    assert [entry.text for entry in entries] == ["First.", "Recall of May.", ""]


def test_a_store_reads_nothing_of_reviews_causes_and_links() -> None:
    links = [
        link(0, "submit"),
        link(1, "review.opened", kind="clock"),
        link(2, "cause.coded", cause="STORE_SERVICE.conduct.rude"),
        link(3, "duplicate.linked"),
        link(4, "appeal.link_made"),
        link(5, "close", cause="STORE_SERVICE.conduct.rude"),
    ]

    entries = told(links, for_store=True)

    assert actions(entries) == ["close", "submit"]
    assert "cause" not in entries[0].facts
    assert len(told(links, for_store=False)) == len(links)


def test_question_and_answer_stand_where_they_were_said() -> None:
    asked = SimpleNamespace(id="q1", question="Q03", text="The blue one?", answer="Yes.")
    links = [link(0, "ask_agent", question="q1"), link(1, "answer", question="q1")]

    answer, question = told(links, questions=[asked], for_store=True)

    assert (question.question, question.text) == ("Q03", "The blue one?")
    assert answer.text == "Yes."
    assert {question.kind, answer.kind} == {Kind.TALK}


def test_the_customer_s_opening_is_a_check_with_how_often() -> None:
    shown = [
        SimpleNamespace(shown_at=NOW, times_shown=3),
        SimpleNamespace(shown_at=None, times_shown=0),
    ]

    [entry] = told([], shown=shown, for_store=False)

    assert (entry.what, entry.actor_kind, entry.facts["times"]) == ("code.shown", "customer", 3)


def test_the_filter_keeps_one_kind_and_an_unknown_one_keeps_all() -> None:
    entries = told(
        [link(0, "submit"), link(1, "clock.missed", kind="clock", who="")],
        look_ups=[look_up(2, "genuine")],
        for_store=False,
    )

    assert actions(of_kind(entries, "clock")) == ["clock.missed"]
    assert actions(of_kind(entries, "check")) == ["genuine"]
    assert of_kind(entries, "nonsense") == of_kind(entries, None) == entries
