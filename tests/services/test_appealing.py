"""A customer appeals by a link that counts once, and headquarters gets the case."""

from datetime import timedelta
from uuid import UUID

import pytest

from bridge import db
from bridge.clock import utc_now
from bridge.errors import Conflict
from bridge.services import appealing
from bridge.settings import settings
from tests.api.life_stage import acted, closed_case, declined_case
from tests.cast import Cast
from tests.services.middle_of_life import Owner, one, reopen

pytestmark = pytest.mark.usefixtures("books_agree_afterwards")


def appeal_token(cast: Cast, escalation_id: UUID) -> str:
    made = acted(appealing.make_link, cast.ana, escalation_id, settings=settings())
    assert made.link is not None
    return str(made.link).rsplit("/", 1)[1]


def file(token: str, *, after: timedelta = timedelta()) -> bool:
    with db.act() as act:
        return appealing.file(act, token, text="They laughed at me.", now=utc_now() + after)


def opens(token: str, *, after: timedelta = timedelta()) -> bool:
    with db.statement() as connection:
        return appealing.open_link(connection, token, now=utc_now() + after) is not None


def test_an_appeal_takes_the_case_to_headquarters_once(cast: Cast, owner: Owner) -> None:
    made = declined_case(cast)
    token = appeal_token(cast, made.id)

    assert opens(token)
    assert file(token)
    assert not file(token)
    assert not opens(token)
    assert one(owner, "status", made.id) == ("under_review",)
    row = owner.execute("SELECT entry_reason, state, facts FROM reviews").fetchone()
    assert row is not None
    assert row[:2] == ("appeal", "open")
    assert "laughed" not in str(row[2])
    assert owner.execute("SELECT count(*) FROM timeline WHERE body LIKE '%%laughed%%'").fetchone() == (0,)
    with pytest.raises(Conflict):
        appeal_token(cast, made.id)


def test_a_link_ends_after_fourteen_days_and_with_the_next_one(cast: Cast) -> None:
    made = declined_case(cast)
    first = appeal_token(cast, made.id)
    second = appeal_token(cast, made.id)

    assert not opens(first)
    assert not file(first)
    assert opens(second, after=timedelta(days=13, hours=23))
    assert not file(second, after=timedelta(days=14, seconds=1))
    assert not file("guessed")


def test_the_token_is_kept_as_a_hash_alone(cast: Cast, owner: Owner) -> None:
    made = declined_case(cast)
    token = appeal_token(cast, made.id)

    for table in ("appeals", "timeline", "outcomes", "idempotency_keys", "notices"):
        found = owner.execute(
            f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{token}%"]
        ).fetchone()
        assert found == (0,), table


def test_an_appeal_against_a_case_that_lives_again_changes_nothing(cast: Cast, owner: Owner) -> None:
    made = closed_case(cast)
    token = appeal_token(cast, made.id)
    reopen(cast.ana, made.id)

    assert not file(token)
    assert one(owner, "status", made.id) == ("issued",)
    assert owner.execute("SELECT used_at FROM appeals").fetchone() == (None,)
