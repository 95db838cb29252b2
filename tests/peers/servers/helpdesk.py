"""django-helpdesk itself, on loopback: a folder with its settings and data, its own server, ended by its pid."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from bridge.embedded.ports import free_port

START_SECONDS = 60
SETTINGS = """
from pathlib import Path
HERE = Path(__file__).parent
SECRET_KEY, DEBUG, ALLOWED_HOSTS, USE_TZ, SITE_ID = "only here", False, ["*"], True, 1
ROOT_URLCONF, DEFAULT_AUTO_FIELD = "desk_urls", "django.db.models.AutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": HERE / "desk.sqlite3"}}
MEDIA_ROOT, STATIC_URL = HERE / "media", "/static/"
EMAIL_HOST, EMAIL_TIMEOUT, EMAIL_BACKEND = "127.0.0.1", 2, "desk_mail.Backend"
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.sites",
    "django.contrib.messages", "django.contrib.admin", "django.contrib.humanize",
    "rest_framework", "rest_framework.authtoken", "django_cleanup", "helpdesk.apps.HelpdeskConfig",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
    "context_processors": ["django.contrib.auth.context_processors.auth", "django.template.context_processors.request",
                           "django.contrib.messages.context_processors.messages"]}}]
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"]}
HELPDESK_TEAMS_MODE_ENABLED, HELPDESK_TEAMS_MODEL = False, "auth.Group"
HELPDESK_TEAMS_MIGRATION_DEPENDENCIES = []
HELPDESK_ACTIVATE_API_ENDPOINT = True
HELPDESK_GET_NEW_TICKET_WEBHOOK_URLS = HELPDESK_GET_FOLLOWUP_WEBHOOK_URLS = (
    lambda: (HERE / "webhooks").read_text().split())
"""
MAIL = """
from pathlib import Path
from django.core.mail.backends.smtp import EmailBackend
class Backend(EmailBackend):
    def __init__(self, **words):
        super().__init__(**words | {"port": int((Path(__file__).parent / "smtp").read_text())})
"""
URLS = """
from django.urls import include, path
urlpatterns = [path("", include("helpdesk.urls"))]
"""
FIRST = """
import django; django.setup()
from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token
from helpdesk.models import Queue
queue = Queue.objects.create(title="Social", slug="social", allow_public_submission=True,
                             new_ticket_cc="lead@desk.example", updated_ticket_cc="lead@desk.example")
for name in ("bridge", "ava"):
    user = User.objects.create_superuser(name, f"{name}@desk.example", "only here")
    print(queue.id, user.id, Token.objects.create(user=user).key)
"""


@dataclass
class Desk:
    """The running program: its address, its tokens by user, and where its webhooks go."""

    url: str
    folder: Path
    queue: int
    users: dict[str, tuple[str, str]]

    def ask(self, method: str, path: str, told: object = None, *, by: str = "ava") -> requests.Response:
        """Ask its API as one of its users."""
        login = {"Authorization": f"Token {self.users[by][1]}"}
        return requests.request(method, f"{self.url}/api/{path}", json=told, headers=login, timeout=20)

    def tell(self, *addresses: str) -> None:
        """Send webhooks there from now on."""
        (self.folder / "webhooks").write_text(" ".join(addresses))

    def mail_by(self, port: int) -> None:
        """Send mails to this port from now on."""
        (self.folder / "smtp").write_text(str(port))

    def open(self, title: str = "Snapped heels", **more: Any) -> requests.Response:
        """A customer's ticket."""
        told = {
            "queue": self.queue,
            "title": title,
            "description": "They broke on day one.",
            "submitter_email": "sam@shopper.example",
            "priority": 2,
        }
        return self.ask("POST", "tickets/", told | more)

    def tickets(self) -> list[dict[str, Any]]:
        """Every ticket, the oldest first."""
        found: list[dict[str, Any]] = self.ask("GET", "tickets/?page_size=100").json()["results"]
        return found


@contextmanager
def running(folder: Path, smtp_port: int) -> Iterator[Desk]:
    """Make its database and start it; ends with the block."""
    for name, text in (
        ("desk_settings.py", SETTINGS),
        ("desk_urls.py", URLS),
        ("desk_mail.py", MAIL),
        ("webhooks", ""),
    ):
        (folder / name).write_text(text)
    (folder / "smtp").write_text(str(smtp_port))
    knows = {**os.environ, "DJANGO_SETTINGS_MODULE": "desk_settings", "PYTHONPATH": str(folder)}
    knows = {key: value for key, value in knows.items() if not key.lower().endswith("_proxy")}

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], env=knows, cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    run("-m", "django", "migrate", "-v", "0")
    made = [line.split() for line in run("-c", FIRST).splitlines()]
    users = {name: (user, key) for name, (_queue, user, key) in zip(("bridge", "ava"), made, strict=True)}
    port = free_port()
    with (folder / "desk.log").open("wb") as log:
        program = subprocess.Popen(
            [sys.executable, "-m", "django", "runserver", "--noreload", "--nothreading", f"127.0.0.1:{port}"],
            env=knows,
            cwd=folder,
            stdout=log,
            stderr=log,
        )
        desk = Desk(f"http://127.0.0.1:{port}", folder, int(made[0][0]), users)
        try:
            _wait(desk, program)
            yield desk
        finally:
            program.terminate()
            program.wait(10)


def _wait(desk: Desk, program: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        assert program.poll() is None, (desk.folder / "desk.log").read_text()[-3000:]
        try:
            if desk.ask("GET", "tickets/").status_code == 200:
                return
        except requests.ConnectionError:
            time.sleep(0.2)
    raise AssertionError((desk.folder / "desk.log").read_text()[-3000:])
