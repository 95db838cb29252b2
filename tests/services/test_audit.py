"""History cannot be changed unseen: not by the application, and not by a superuser."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from bridge import db
from bridge.clock import utc_now
from bridge.roles import Actor
from bridge.services import audit, sealing, verifying
from bridge.settings import settings
from tests.cast import Cast, decide, promise

Owner = psycopg.Connection[tuple[object, ...]]

NAMES_IT = {
    "an edited text": "UPDATE timeline SET body = replace(body, '2500', '9900') WHERE seq = 2",
    "an edited column": "UPDATE timeline SET at = at + interval '1 hour' WHERE seq = 2",
    "an edited actor": "UPDATE timeline SET actor_id = gen_random_uuid() WHERE seq = 2",
    "a deleted link": "DELETE FROM timeline WHERE seq = 2",
    "a cut tail": "DELETE FROM timeline WHERE seq = 3",
    "an inserted link": (
        "INSERT INTO timeline (stream, seq, at, action, body, prev_hash, hash) "
        "SELECT stream, 4, at, action, body, hash, hash FROM timeline WHERE seq = 3"
    ),
    "two links in another order": (
        "UPDATE timeline SET seq = CASE seq WHEN 2 THEN 1002 ELSE 1003 END WHERE seq IN (2, 3);"
        "UPDATE timeline SET seq = CASE seq WHEN 1002 THEN 3 ELSE 2 END WHERE seq > 1000"
    ),
    "a chain that is gone": "DELETE FROM timeline",
    "a moved head": "UPDATE escalations SET head_hash = decode(repeat('00', 32), 'hex')",
}
REFUSED = {
    "update": "UPDATE timeline SET action = 'x'",
    "delete": "DELETE FROM timeline",
    "truncate": "TRUNCATE timeline",
    "disable triggers": "ALTER TABLE timeline DISABLE TRIGGER ALL",
    "drop": "DROP TABLE timeline",
    "replica role": "SET session_replication_role = replica",
    "update the books": "UPDATE ledger_transfers SET amount_minor = 1",
    "delete a look-up": "DELETE FROM look_ups",
    "change a decision": "UPDATE decisions SET amount_minor = 1",
}


@pytest.fixture
def history(cast: Cast) -> Cast:
    """One promise with three links: issued, a part honoured, the rest honoured."""
    made = promise(cast)
    decide(cast, cast.sam, code=made.code, amount_minor=2_500)
    decide(cast, cast.sam, code=made.code)
    return cast


def findings(anchor_file: str = "") -> list[str]:
    with db.reading() as snapshot:
        return [str(f) for f in verifying.verify(snapshot, settings=settings(), anchor_file=anchor_file)]


def sealed(now_offset: timedelta = timedelta(minutes=5)) -> None:
    with db.act() as act:
        checkpoint = sealing.seal(act, now=utc_now() + now_offset, settings=settings())
    assert checkpoint is not None
    sealing.anchor(checkpoint, settings=settings())


def test_an_untouched_history_has_no_findings(history: Cast) -> None:
    assert findings() == []


@pytest.mark.parametrize("how", NAMES_IT)
def test_a_superuser_s_change_is_named(history: Cast, owner: Owner, how: str) -> None:
    owner.execute(NAMES_IT[how])

    assert any("stream" in finding for finding in findings())


@pytest.mark.parametrize("what", REFUSED)
def test_the_application_s_role_is_refused(history: Cast, what: str) -> None:
    with db.statement() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(REFUSED[what])


def test_a_whole_rewritten_chain_is_found_by_the_checkpoint(
    history: Cast, owner: Owner, rewrite: Callable[[], None]
) -> None:
    sealed()
    rewrite()

    assert findings() == ["checkpoint: checkpoint 1: what it covered was changed"]


def test_a_rewrite_with_the_checkpoints_removed_is_found_by_the_anchor(
    history: Cast, owner: Owner, rewrite: Callable[[], None], anchor: Path
) -> None:
    sealed()
    rewrite()
    owner.execute("TRUNCATE checkpoints RESTART IDENTITY")
    sealed(timedelta(minutes=10))

    found = findings(str(anchor))

    assert "anchor: checkpoint 1: differs from what was anchored, or is gone" in found


def test_a_look_up_that_is_deleted_is_found_by_the_checkpoint(history: Cast, owner: Owner) -> None:
    decide(history, history.mia, code=promise(history).code)  # a refused attempt is a look-up too
    sealed()
    owner.execute("DELETE FROM look_ups")

    assert any("look-ups" in finding for finding in findings())


def test_a_forged_checkpoint_has_no_signature(history: Cast, owner: Owner) -> None:
    sealed()
    owner.execute("UPDATE checkpoints SET signature = decode(repeat('00', 64), 'hex')")

    assert findings() == ["signature: checkpoint 1: is not signed by this service's key"]


def test_the_sealer_leaves_what_is_younger_than_a_minute(history: Cast) -> None:
    with db.act() as act:
        checkpoint = sealing.seal(act, now=utc_now(), settings=settings())

    assert checkpoint is None


def test_the_sealer_waits_for_a_transaction_that_recorded_and_has_not_ended(history: Cast) -> None:
    clock = Actor("system", None, "clock")
    with db.transaction() as session:
        audit.record(session, stream="codes", action="code.shown", actor=clock, facts={}, now=utc_now())
        with db.act() as act:
            waited = sealing.seal(act, now=utc_now() + timedelta(minutes=5), settings=settings())

    assert waited is None
    sealed()
    assert findings() == []


def test_a_checkpoint_has_the_number_that_was_signed_whatever_the_sequence_says(
    history: Cast, owner: Owner
) -> None:
    owner.execute("SELECT nextval(pg_get_serial_sequence('checkpoints', 'id')) FROM generate_series(1, 5)")
    sealed()

    assert findings() == []


def test_reconcile_names_a_remainder_that_the_ledger_does_not_know(history: Cast, owner: Owner) -> None:
    owner.execute("UPDATE escalations SET remaining_minor = 100")

    with db.reading() as snapshot:
        found = list(verifying.reconcile(snapshot))

    assert [finding.kind for finding in found] == ["remainder", "timeline"]


BEHIND_THE_BOOKS = {
    "another status": "UPDATE escalations SET status = 'revoked'",
    "a decision that is gone": "DELETE FROM ledger_transfers WHERE amount_minor = 2500 AND kind = 'redeem';"
    "DELETE FROM decisions WHERE amount_minor = 2500",
    "a decision of another amount": "UPDATE decisions SET amount_minor = 2400 WHERE amount_minor = 2500",
}


@pytest.mark.parametrize("how", BEHIND_THE_BOOKS.values(), ids=BEHIND_THE_BOOKS.keys())
def test_reconcile_names_rows_that_the_timeline_does_not_know(history: Cast, owner: Owner, how: str) -> None:
    owner.execute(how)

    with db.reading() as snapshot:
        kinds = {finding.kind for finding in verifying.reconcile(snapshot)}

    assert "timeline" in kinds


def test_reconcile_names_a_decision_without_its_transfer(history: Cast, owner: Owner) -> None:
    owner.execute("DELETE FROM ledger_transfers WHERE kind = 'redeem' AND amount_minor = 2500")

    with db.reading() as snapshot:
        kinds = {finding.kind for finding in verifying.reconcile(snapshot)}

    assert kinds == {"remainder", "ledger"}


@pytest.fixture
def anchor() -> Path:
    """The anchor file of this run, empty."""
    path = Path(settings().anchor_file)
    path.unlink(missing_ok=True)
    return path


@pytest.fixture
def rewrite(owner: Owner) -> Callable[[], None]:
    """What a superuser with our source code could do: another body, and every hash computed anew."""

    def again() -> None:
        from bridge.timeline import genesis, link_hash

        rows = owner.execute("SELECT id, stream, body FROM timeline ORDER BY stream, seq").fetchall()
        head = b""
        for number, stream, body in rows:
            text = str(body)
            head = head if '"seq":1,' not in text else genesis(str(stream))
            text = text.replace("2500", "2400")
            forged = link_hash(head, text.encode())
            owner.execute(
                "UPDATE timeline SET body = %s, prev_hash = %s, hash = %s WHERE id = %s",
                [text, head, forged, number],
            )
            head = forged
        owner.execute("UPDATE escalations SET head_hash = %s", [head])

    return again
