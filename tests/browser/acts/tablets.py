"""Browsers that keep something: a paired tablet, a locked session on it, a first password."""

from bridge import db
from bridge.clock import utc_now
from bridge.services import (
    accounts,
    directory,
    sessions,
    start_passwords,
)
from bridge.settings import settings
from tests.api.life_stage import actor_of
from tests.browser.acts.scene import Stage, Words
from tests.pins import give_pins, paired_tablet, signed_in
from web import cookies


def paired(stage: Stage, words: Words) -> None:
    cast = stage.cast
    give_pins(cast)
    tablet = paired_tablet(cast, name=words.name("Counter 1"))
    lee = signed_in(cast, tablet, "lee")
    with db.transaction() as session:
        sessions.lock(session, actor_of(lee), now=utc_now())
    paired = {cookies.PAIRED: tablet.secret}
    stage.browsers = {"tablet": paired, "locked": {**paired, cookies.SESSION: lee.token}}
    _start_password(stage, words)


def _start_password(stage: Stage, words: Words) -> None:
    """A browser of somebody who signed in with the password that Ada made."""
    cast, now, password = stage.cast, utc_now(), start_passwords.drawn()
    ada = actor_of(cast.ada)
    with db.transaction() as session:
        nora = directory.create_person(
            session,
            brand_id=cast.brand.id,
            display_name=words.name("Nora"),
            email="nora@northlight.example",
            actor=ada,
            now=now,
        )
        accounts.set_password(session, ada, nora, password, now=now, settings=settings())
        opened = accounts.sign_in(
            session,
            email="nora@northlight.example",
            password=password,
            kind="page_session",
            device_name="Browser",
            now=now,
            settings=settings(),
        )
    assert isinstance(opened, accounts.SignedIn)
    stage.browsers["start"] = {cookies.SESSION: opened.token}
