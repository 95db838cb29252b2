"""The next version of a brand's own words, from a form: put in force once, or said why not."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlmodel import Session

from bridge.clock import utc_now
from bridge.errors import InvalidInput, VersionMismatch
from bridge.roles import Actor
from bridge.services.policies import Version
from web import forms
from web.languages import say as _
from web.sessions import visitor


class Publish(Protocol):
    """A service that puts a definition in force after the version that was read."""

    def __call__(
        self,
        session: Session,
        actor: Actor,
        definition: Mapping[str, Any],
        *,
        note: str,
        if_version: int,
        now: datetime,
    ) -> Version:
        """Raises InvalidInput and VersionMismatch."""


def published(
    route: str, publish: Publish, definition: Mapping[str, Any], problems: forms.Problems
) -> int | None:
    """The number of the version that is in force now; None when `problems` say why there is none."""
    kept = forms.once(route, lambda done: {"version": done.version})

    def work(session: Session) -> Version:
        return publish(
            session,
            visitor().actor,
            definition,
            note=forms.text("note"),
            if_version=forms.whole("version") or 0,
            now=utc_now(),
        )

    try:
        return int(forms.done_once(kept, work)["version"])
    except VersionMismatch as error:
        said = _(
            "Somebody published version %(version)s meanwhile. Look at it, then publish again.",
            version=error.details.get("version"),
        )
        problems.add("form-version", said)
    except InvalidInput:
        problems.add("note", _("Use other words here."))
    return None
