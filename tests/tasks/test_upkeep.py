from datetime import timedelta
from typing import Any

import pytest
import structlog
from kombu.exceptions import OperationalError

from bridge import celery_app, db
from bridge.clock import utc_now
from bridge.models import StoreFile
from bridge.models.base import new_id
from bridge.models.outcomes import IdempotencyKey
from bridge.queries import upkeep
from bridge.tasks.upkeep import prune_idempotency, prune_store_files
from tests.cast import Cast


def store_answer(key: str, *, age: timedelta) -> None:
    with db.transaction() as session:
        session.add(
            IdempotencyKey(
                principal=new_id(),
                route="counter.decide",
                key=key,
                fingerprint=b"f",
                status_code=201,
                response_cipher=b"c",
                created_at=utc_now() - age,
            )
        )


def stored_keys() -> list[str]:
    with db.statement() as connection:
        return [row.key for row in connection.execute("SELECT key FROM idempotency_keys ORDER BY key", {})]


def test_answers_are_forgotten_after_thirty_days(database: object) -> None:
    store_answer("fresh", age=timedelta(days=29, hours=23))
    store_answer("old", age=timedelta(days=30, minutes=1))

    prune_idempotency()

    assert stored_keys() == ["fresh"]


def test_old_answers_are_deleted_in_batches(database: object) -> None:
    for number in range(5):
        store_answer(f"old {number}", age=timedelta(days=40 - number))

    with db.statement() as connection:
        deleted = upkeep.prune_idempotency(connection, utc_now(), limit=2)

    assert deleted == 2
    assert stored_keys() == ["old 2", "old 3", "old 4"]


def test_every_beat_entry_names_a_task_and_expires_with_its_interval() -> None:
    app = celery_app.app
    app.loader.import_default_modules()

    for entry in app.conf.beat_schedule.values():
        assert entry["task"] in app.tasks
        assert entry["options"]["expires"] == entry["schedule"]


def test_messages_are_acknowledged_late_and_never_wait_with_an_eta() -> None:
    conf = celery_app.app.conf

    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert conf.task_time_limit * 10 <= conf.broker_transport_options["visibility_timeout"]
    assert conf.accept_content == ["json"]
    assert conf.task_ignore_result


def test_a_lost_broker_is_looked_for_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("kombu.utils.functional.sleep", lambda seconds: None)
    with celery_app.app.connection_for_read("redis://127.0.0.1:1/0") as connection:
        connection.transport_options = {"socket_connect_timeout": 0.1}

        with pytest.raises(OperationalError):
            connection.ensure_connection(lambda _error, pause: pauses.append(pause), max_retries=8)

    assert max(pauses) == 5


def test_the_request_s_id_travels_with_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: dict[str, Any] = {}
    monkeypatch.setattr(
        celery_app.app, "send_task", lambda *_args, **options: sent.update(options), raising=True
    )
    monkeypatch.setattr(
        "celery.app.task.Task.apply_async", lambda _task, *_args, **options: sent.update(options)
    )

    with structlog.contextvars.bound_contextvars(request_id="request-7"):
        prune_idempotency.delay()  # type: ignore[attr-defined]  # a task, seen as the function it wraps

    assert sent["headers"] == {"request_id": "request-7"}


def test_a_store_file_that_nobody_applied_is_thrown_away_after_a_day(cast: Cast) -> None:
    ages = {"fresh": timedelta(hours=23), "old": timedelta(hours=25), "applied": timedelta(days=9)}
    with db.transaction() as session:
        for name, age in ages.items():
            session.add(
                StoreFile(
                    brand_id=cast.brand.id,
                    person_id=cast.ada.person.id,
                    name=name,
                    content=b"[]",
                    plan=b"p",
                    created_at=utc_now() - age,
                    applied_at=utc_now() if name == "applied" else None,
                )
            )

    prune_store_files()

    with db.statement() as connection:
        left = {row.name for row in connection.execute("SELECT name FROM store_files", {})}
    assert left == {"fresh", "applied"}
