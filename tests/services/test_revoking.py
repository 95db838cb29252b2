"""A promise is taken back, or another takes its place: the old code counts no more from then on."""

from uuid import UUID

import pytest

from bridge import db
from bridge.clock import utc_now
from bridge.decision import Refusal
from bridge.errors import Conflict, FourEyes, NotFound, NotPermitted
from bridge.lifecycle import Status
from bridge.promises import StoreScope
from bridge.reasons import RevokeReason
from bridge.roles import Actor
from bridge.services import closing, revoking, superseding
from bridge.services.issuing import Wanted
from bridge.services.promises import Made
from bridge.settings import settings
from tests.api.life_stage import acted, actor_of, small
from tests.cast import Cast, Member, claimed_thread, decide, line, once, vault
from tests.services.middle_of_life import Owner, one, reopen, revoke
from tests.services.test_counter import look

pytestmark = pytest.mark.usefixtures("books_agree_afterwards")


def test_a_revoked_code_is_withdrawn_at_once_and_its_rest_given_up(cast: Cast, owner: Owner) -> None:
    made = small(cast)
    decide(cast, cast.sam, code=made.code, amount_minor=30)

    revoked = revoke(cast.kim, made.id)

    assert (revoked.status, revoked.remaining_minor) == (Status.REVOKED, 0)
    assert look(cast.sam, made.code).verdict.value == "withdrawn"
    void = owner.execute("SELECT amount_minor FROM ledger_transfers WHERE to_account = 'void'").fetchall()
    assert void == [(70,)]
    assert owner.execute("SELECT visibility, text FROM notes").fetchone() == (
        "internal",
        "Meant another one.",
    )


def test_the_author_does_not_revoke_and_another_brand_finds_nothing(cast: Cast, owner: Owner) -> None:
    made = small(cast)

    with pytest.raises(NotPermitted):
        revoke(cast.ana, made.id)
    owner.execute("UPDATE escalations SET status = 'issued'")
    stranger = Actor(
        kind="person",
        id=cast.kim.person.id,
        name="Kim",
        brand_id=made.id,
        assignments=actor_of(cast.kim).assignments,
        credential_id=cast.kim.credential_id,
    )
    with pytest.raises(NotFound), db.act() as act:
        revoking.revoke(
            act,
            stranger,
            made.id,
            reason=RevokeReason.FRAUD,
            text="",
            if_version=None,
            once=once("revoke"),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now(),
        )


def supersede(cast: Cast, old: Made, thread_id: UUID, amount_minor: int, by: Member | None = None) -> Made:
    author = by or cast.ana
    wanted = Wanted(
        thread_id=thread_id, lines=[line(amount_minor)], store_scope=StoreScope.ONE, store_number="12"
    )
    with db.act() as act:
        result = superseding.supersede(
            act,
            author.token,
            old.id,
            wanted,
            if_version=None,
            once=once("supersede"),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now(),
            settings=settings(),
            vault=vault(),
        )
    assert isinstance(result, Made)
    return result


def test_a_new_promise_takes_the_old_one_s_place_in_one_step(cast: Cast, owner: Owner) -> None:
    thread = claimed_thread(cast)
    old = small(cast, thread_id=thread.id)

    new = supersede(cast, old, thread.id, 500)

    assert look(cast.sam, old.code).verdict.value == "replaced"
    assert look(cast.sam, new.code).verdict.value == "genuine"
    assert one(owner, "status, superseded_by_id, remaining_minor", old.id) == ("revoked", new.id, 0)
    assert one(owner, "status, supersedes_id, remaining_minor", new.id) == ("issued", old.id, 500)
    refused = decide(cast, cast.sam, code=old.code)
    assert isinstance(refused, Refusal)
    assert refused.why == "replaced"


def test_what_is_over_the_own_right_replaces_nothing(cast: Cast, owner: Owner) -> None:
    thread = claimed_thread(cast)
    old = small(cast, thread_id=thread.id)

    with pytest.raises(FourEyes):
        supersede(cast, old, thread.id, 1_000_000)

    assert one(owner, "status", old.id) == ("issued",)
    assert owner.execute("SELECT count(*) FROM escalations").fetchone() == (1,)


def test_a_replaced_promise_cannot_be_opened_again(cast: Cast) -> None:
    thread = claimed_thread(cast)
    old = small(cast, thread_id=thread.id)
    new = supersede(cast, old, thread.id, 500)
    acted(closing.close, cast.ana, old.id, cause=None, if_version=None, settings=settings())
    revoke(cast.kim, new.id)

    with pytest.raises(Conflict):
        reopen(cast.ana, old.id)
