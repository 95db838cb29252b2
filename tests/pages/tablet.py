"""What tests press on a store's tablet, and the session that its browser then holds."""

from flask import Flask
from sqlmodel import select

from bridge import db
from bridge.models import Credential
from bridge.queries.callers import hash_of_secret
from tests.cast import Member
from tests.pages.browser import Browser, Page
from tests.pins import Tablet
from web import cookies


def browser_of(app: Flask, paired: Tablet) -> Browser:
    """The tablet's browser."""
    browser = Browser(app.test_client())
    browser.client.set_cookie(cookies.PAIRED, paired.secret)
    return browser


def pin_in(tablet: Browser, member: Member, pin: str) -> Page:
    """Where the sign-in by name and PIN leads."""
    return tablet.open("/sign-in").press("Sign in", person=str(member.person.id), pin=pin)


def session_of(browser: Browser) -> Credential:
    """The session that the browser's cookie opens."""
    cookie = browser.client.get_cookie(cookies.SESSION)
    assert cookie is not None
    with db.transaction() as session:
        return session.exec(
            select(Credential).where(Credential.secret_hash == hash_of_secret(cookie.value))
        ).one()
