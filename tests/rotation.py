"""A secret is replaced while deliveries run: what receivers with each secret must find, whoever wrote them.

The deliveries are real: the sweep sends them over a socket. `told` gives, for each delivery so far, the
names of the secrets by which the receiver's own library verified it.
"""

from collections.abc import Callable
from datetime import timedelta

from bridge import db
from bridge.channels.signing import new_secret
from bridge.clock import utc_now
from bridge.events import Format
from bridge.services import webhooks
from bridge.services.delivery import deliver_due
from tests.outbox import Office, delivery_settings, open_office, owe, read_outcome

Give = Callable[[dict[str, str]], None]
Told = Callable[[], list[list[str]]]


def rotate_and_deliver(url: str, give: Give, told: Told, *, form: Format) -> None:
    """Replace the secret twice and then at once; assert after each delivery who is content."""
    office, config = open_office(), delivery_settings()
    hook = office.register(url, config, utc_now())
    with db.transaction() as session:
        webhooks.update(session, office.hana, hook.endpoint.id, format=form, now=utc_now())
    old, other = hook.secret, new_secret()
    give({"old": old, "other": other})

    assert deliver(hook) == "sent"
    assert told()[-1] == ["old"]

    new = rotate(office, hook, timedelta(hours=24))
    give({"old": old, "new": new, "other": other})
    assert deliver(hook) == "sent"
    assert told()[-1] == ["new", "old"]  # during the rotation either will do
    give({"old": old})
    assert deliver(hook) == "sent"
    give({"new": new})
    assert deliver(hook) == "sent"

    newest = rotate(office, hook, timedelta(hours=24))
    give({"old": old, "new": new, "newest": newest, "other": other})
    assert deliver(hook) == "sent"
    assert told()[-1] == ["new", "newest"]  # the one before the last stopped at once

    last = rotate(office, hook, timedelta(0))
    give({"old": old, "new": new, "newest": newest, "last": last})
    assert deliver(hook) == "sent"
    assert told()[-1] == ["last"]  # a leaked one signs nothing more

    give({"other": other})
    assert deliver(hook) == "queued"  # refused, and tried again
    assert told()[-1] == []
    give({"last": last})
    with db.transaction() as session:
        webhooks.send_test(session, office.hana, hook.endpoint.id, now=utc_now())
    deliver_due(config)
    assert told()[-1] == ["last"]


def rotate(office: Office, hook: webhooks.WithSecret, overlap: timedelta) -> str:
    with db.transaction() as session:
        return webhooks.rotate_secret(
            session,
            office.hana,
            hook.endpoint.id,
            overlap=overlap,
            config=delivery_settings(),
            now=utc_now(),
        ).secret


def deliver(hook: webhooks.WithSecret) -> str:
    """Owe one event, sweep, and say what became of it."""
    [outcome_id] = owe(hook.endpoint.id, utc_now(), escalation_id="018f")
    deliver_due(delivery_settings())
    return read_outcome(outcome_id).state
