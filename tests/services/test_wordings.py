"""Versions of a brand's own words: one in force, the overtaken refused, and what customers and stores see."""

from typing import Any

import pytest

from bridge import db
from bridge.clock import utc_now
from bridge.errors import InvalidInput, VersionMismatch
from bridge.services import handing_over, message_templates, offered_reasons
from bridge.settings import settings
from tests.cast import Cast, acting, promise, vault


def publish(cast: Cast, definition: Any, *, if_version: int = 1, service: Any = message_templates) -> Any:
    with db.transaction() as session:
        return service.publish(
            session, acting(cast.ada), definition, note="Shorter", if_version=if_version, now=utc_now()
        )


def handed_over(cast: Cast, escalation_id: Any) -> handing_over.HandedOver:
    with db.statement() as connection:
        return handing_over.hand_over(
            connection,
            acting(cast.ana),
            escalation_id,
            channel="x",
            locale="en",
            now=utc_now(),
            settings=settings(),
            vault=vault(),
        )


def test_a_new_version_counts_from_the_next_look_on(cast: Cast) -> None:
    made = promise(cast)
    before = handed_over(cast, made.id)

    done = publish(cast, {"en": {"promise": "You get {what}, our word.", "slip_title": "{brand} says so"}})

    after = handed_over(cast, made.id)
    assert done.version == 2
    assert "our word" not in before.texts.private
    assert "our word" in after.texts.private
    assert after.slip.title == "Northlight says so"
    assert after.code == before.code


def test_another_brands_words_are_not_ours(cast: Cast) -> None:
    made = promise(cast)
    publish(cast, {"en": {"promise": "You get {what}, our word."}})
    with db.transaction() as session:
        other = type(cast.brand)(name="Other", currency="USD")
        session.add(other)

    with db.statement() as connection:
        words = message_templates.in_force(connection.execute, other.id)

    assert "our word" not in words["en"]["promise"]
    assert "our word" in handed_over(cast, made.id).texts.private


def test_the_second_of_two_is_refused_and_changes_nothing(cast: Cast) -> None:
    publish(cast, {"en": {"go": "Go!"}})

    with pytest.raises(VersionMismatch):
        publish(cast, {"en": {"go": "Run!"}})

    with db.statement() as connection:
        versions = message_templates.versions(connection.execute, cast.brand.id)
    assert [(one.version, one.in_force) for one in versions] == [(2, True), (1, False)]
    assert versions[0].note == "Shorter"
    assert versions[0].created_by == "Ada"


def test_a_wrong_sentence_publishes_nothing(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        publish(cast, {"en": {"public": "Use {code}"}})

    with db.statement() as connection:
        assert len(message_templates.versions(connection.execute, cast.brand.id)) == 1


def test_a_reason_that_is_off_is_not_offered_and_the_order_is_the_brands(cast: Cast) -> None:
    def codes(name: str) -> list[str]:
        found = offered_reasons.reasons_offered(cast.brand.id, name, now=utc_now())
        return [one.code for one in found]

    assert codes("decline")[0] == "D06"
    publish(
        cast,
        {"decline": [{"code": "D99", "on": True}, {"code": "D06", "on": False}]},
        service=offered_reasons,
    )

    assert codes("decline")[:2] == ["D99", "D05"]
    assert "D06" not in codes("decline")
    assert codes("ask")[0] == "Q01"


def test_messages_and_reasons_have_versions_of_their_own(cast: Cast) -> None:
    publish(cast, {"en": {"go": "Go!"}})
    done = publish(
        cast, {"ask": [{"code": "Q02", "on": False}, {"code": "Q01", "on": True}]}, service=offered_reasons
    )

    assert done.version == 2


def test_publishing_is_written_down(cast: Cast) -> None:
    publish(cast, {"en": {"go": "Go!"}})

    with db.statement() as connection:
        row = connection.execute("SELECT action FROM timeline WHERE stream = 'configuration'").fetchone()
    assert row is not None
    assert row.action == "messages_published"
