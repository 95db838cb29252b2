"""How the people of a simulation act: one call of a real service for each deed.

What a service refuses is a part of life: it is counted by its reason, and the deed gives None.
Everything else that is raised is a fault and ends the simulation.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bridge import db
from bridge.channels.answer import Answer, Result
from bridge.db import Act
from bridge.errors import BridgeError, DatabaseUnavailable
from bridge.idempotency import Once, Replayed
from bridge.services.notice_sending import Prepared, Sender
from bridge.settings import Settings
from bridge.simulation.world import HANDLE, NETWORK
from bridge.vault import Vault

Outcome = TypeVar("Outcome")


@dataclass
class Doing:
    """What was done how often, and what was refused and why. Customers write on `network` to `handle`.

    `threads` is how the names of conversations begin. `run` tells this run's requests from those of
    another one on the same devices.
    """

    settings: Settings
    network: str = NETWORK
    handle: str = HANDLE
    threads: str = ""
    run: str = ""
    count: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.vault = Vault(self.settings.encryption_keys)
        self._requests = 0

    def _done(self, name: str, deed: Callable[[Act], Outcome | Replayed]) -> Outcome | None:
        """Carry out an act in a transaction of its own, as the API would."""

        def in_an_act() -> Outcome:
            with db.act() as act:
                done = deed(act)
            assert not isinstance(done, Replayed), "every deed has a key of its own"
            return done

        return self._tried(name, in_an_act)

    def _tried(self, name: str, deed: Callable[[], Outcome]) -> Outcome | None:
        """Carry out a deed and count it; None, and why, when it was refused."""
        try:
            done = deed()
        except DatabaseUnavailable:
            raise
        except BridgeError as error:
            self.refused[f"{name}: {error.code}"] += 1
            return None
        self.count[name] += 1
        return done

    def _nonce(self) -> str:
        self._requests += 1
        return f"{self.run}nonce-{self._requests}"

    def _once(self) -> Once[Any]:
        self._requests += 1
        return Once(
            key=f"{self.run}request-{self._requests}",
            route="simulation",
            fingerprint=b"simulation",
            render=lambda _result: (200, b"{}"),
            vault=self.vault,
        )


class NobodyListens(Sender):
    """The channels of a simulation: every notice arrives, and nothing leaves the machine."""

    def send(self, _one: Prepared) -> Answer:
        """Say that it arrived."""
        return Answer(Result.SENT)
