"""A public text that holds a code is refused on every channel, whatever the door. One table of doors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import select

from api import create_app
from bridge import brand_messages, codes, db, outcome_notes
from bridge.channels.going_out import Purpose
from bridge.channels.protocol import Channel
from bridge.channels.registry import channels
from bridge.clock import utc_now
from bridge.errors import InvalidInput
from bridge.lengths import measure
from bridge.models import ChannelMessage, Thread
from bridge.queries import releasing as queries
from bridge.services import handing_over, replying, writing
from bridge.services.promises import Made
from bridge.settings import settings
from bridge.texts import OUTCOMES, outcome_texts
from tests.cast import Cast, acting, claimed_thread, promise, vault
from tests.channels.stage import toy_beside_the_real_ones
from tests.messages import with_door


def with_public_answers() -> list[str]:
    """Every channel that can write where others read, the toy one too."""
    with toy_beside_the_real_ones():
        return [name for name, one in channels().items() if one.capabilities.can_reply_public]


CHANNELS = with_public_answers()


@dataclass
class Stage:
    """A live promise in a conversation that one channel's account can answer."""

    cast: Cast
    thread: Thread
    made: Made
    channel: str

    @property
    def text(self) -> str:
        """Somebody's words with the code, short enough for every network."""
        assert self.made.code is not None
        return f"Show {codes.grouped(self.made.code).lower()} there"


@pytest.fixture(params=CHANNELS)
def stage(toy: None, cast: Cast, request: pytest.FixtureRequest) -> Stage:
    thread = claimed_thread(cast)
    with_door(cast, thread, request.param)
    made = promise(cast, thread_id=thread.id)
    return Stage(cast, thread, made, request.param)


def by_the_ledger(stage: Stage) -> None:
    """What every door comes through: outcomes, care tools, hand-offs."""
    with db.transaction() as session:
        writing.write(
            session,
            acting(stage.cast.ana),
            stage.thread,
            purpose=Purpose.PUBLIC_REPLY,
            text=stage.text,
            dedup_key="x",
            waits_for_person=True,
            vault=vault(),
            now=utc_now(),
        )


def by_an_answer(stage: Stage) -> None:
    """The form on the conversation's page."""
    with db.transaction() as session:
        replying.reply(
            session,
            acting(stage.cast.ana),
            stage.thread.id,
            purpose=Purpose.PUBLIC_REPLY,
            text=stage.text,
            dedup_key="x",
            vault=vault(),
            now=utc_now(),
        )


def by_the_promise_s_page(stage: Stage) -> None:
    """The public text of a promise, changed by its agent."""
    with db.statement() as connection:
        given = handing_over.hand_over(
            connection,
            acting(stage.cast.ana),
            stage.made.id,
            channel=None,
            locale=None,
            now=utc_now(),
            settings=settings(),
            vault=vault(),
        )
    with db.transaction() as session:
        replying.hand_over_by(
            session,
            acting(stage.cast.ana),
            stage.thread.id,
            given,
            escalation_id=stage.made.id,
            purpose=Purpose.PUBLIC_REPLY,
            public_text=stage.text,
            vault=vault(),
            now=utc_now(),
        )


def by_the_api(stage: Stage) -> None:
    """POST /api/v1/threads/<id>/messages."""
    answer = (
        create_app()
        .test_client()
        .post(
            f"/api/v1/threads/{stage.thread.id}/messages",
            json={"text": stage.text, "purpose": "public_reply"},
            headers={**stage.cast.ana.headers, "Idempotency-Key": "a-key-of-mine"},
        )
    )
    assert answer.status_code == 422
    raise InvalidInput(str(answer.json))


DOORS: list[Callable[[Stage], None]] = [by_the_ledger, by_an_answer, by_the_promise_s_page, by_the_api]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_a_public_text_with_a_code_leaves_by_no_door(stage: Stage, door: Callable[[Stage], None]) -> None:
    with pytest.raises(InvalidInput, match="holds a code"):
        door(stage)
    with db.transaction() as session:
        assert not session.exec(select(ChannelMessage)).all()


def test_without_the_check_it_would_leave(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "refuse_code", lambda _text: None)
    by_an_answer(stage)
    with db.statement() as connection:
        assert len(queries.of_thread(connection, stage.cast.brand.id, stage.thread.id)) == 1


@pytest.mark.parametrize("ending", OUTCOMES)
@pytest.mark.parametrize("has_private", [True, False])
def test_the_public_text_of_an_outcome_holds_none_whatever_the_facts(
    stage: Stage, ending: str, has_private: bool
) -> None:
    assert stage.made.code is not None
    with db.statement() as connection:
        row = handing_over.read_escalation(connection, acting(stage.cast.ana), stage.made.id)
    facts = handing_over.facts_of(row, None, code=stage.made.code, locale="en", now_until=row.valid_until)
    lengths = channels()[stage.channel].capabilities.lengths
    texts = outcome_texts(ending, facts, "en", lengths, has_private=has_private, reason=stage.text)
    assert not codes.contains_code(texts.public)
    assert measure(texts.public, lengths, private=False).over == 0


@pytest.mark.parametrize(
    "name", [name for group in brand_messages.GROUPS if group.is_public for name in group.sentences]
)
@pytest.mark.parametrize("locale", ["en", "es", "fr"])
def test_a_brand_s_own_public_sentence_holds_none(name: str, locale: str) -> None:
    code = "K7QF3MXW9R4" + codes.check_character("K7QF3MXW9R4")
    with pytest.raises(InvalidInput):
        brand_messages.parse({locale: {name: f"Thank you. {codes.grouped(code)}"}})


@pytest.mark.parametrize("locale", ["en", "es", "fr"])
def test_a_note_for_colleagues_masks_one_that_came_in_by_the_facts(locale: str) -> None:
    code = "K7QF3MXW9R4" + codes.check_character("K7QF3MXW9R4")
    facts: dict[str, Any] = {"number": "7", "what": f"Heels {code}", "store": "12 Lakeside"}
    assert code not in outcome_notes.note("honoured", facts, locale)


def test_every_channel_that_answers_in_public_is_in_the_table(toy: None) -> None:
    found: dict[str, Channel] = dict(channels())
    assert {name for name, one in found.items() if one.capabilities.can_reply_public} == set(CHANNELS)
    assert len(CHANNELS) > 4
