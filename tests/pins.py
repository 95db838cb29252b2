"""People with PINs and a paired device, for tests: the short ways to both."""

from dataclasses import dataclass

from bridge import db
from bridge.clock import utc_now
from bridge.models import Device, Person
from bridge.services import accounts, devices, pins, proofs
from bridge.settings import settings
from tests.cast import Cast, Member, acting

PINS = {"sam": "417293", "lee": "528164", "mia": "639471"}


@dataclass(frozen=True)
class Tablet:
    """A paired device and what its browser keeps in a cookie."""

    device: Device
    secret: str


def give_pins(cast: Cast) -> None:
    """Everybody of a store has the PIN of `PINS`."""
    with db.transaction() as session:
        for name, pin in PINS.items():
            person = session.get_one(Person, cast.members[name].person.id)
            person.pin_hash = proofs.hash_pin(person.id, pin, settings=settings())
            person.pin_start_until = None


def paired_tablet(cast: Cast, manager: Member | None = None, *, name: str = "Counter 1") -> Tablet:
    """A tablet that the manager (Sam) made and somebody paired."""
    with db.transaction() as session:
        made = devices.create(session, acting(manager or cast.sam), name=name, now=utc_now())
        paired = devices.initialize(session, made.token, software="tests", now=utc_now())
    return Tablet(paired.device, paired.secret)


def signed_in(cast: Cast, tablet: Tablet, name: str) -> Member:
    """A member with a session of their own on the tablet, opened by PIN."""
    member = cast.members[name]
    with db.transaction() as session:
        device = devices.paired_by(session, tablet.secret, now=utc_now())
        assert device is not None
        result = pins.sign_in(
            session, device, member.person.id, PINS[name], now=utc_now(), settings=settings()
        )
    assert isinstance(result, accounts.SignedIn)
    return Member(member.person, result.token, result.credential_id, member.store, tablet.device)
