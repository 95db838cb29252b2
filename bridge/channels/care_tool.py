"""What every care tool does alike: the `reading` and `sending` of its folder do the work, this hands it on.

What no two tools do alike stays in the folder: who sent a delivery (`verify`), and what the tool can do
beyond `USUAL`.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from bridge.channels.abilities import Capabilities, Kind, Rule
from bridge.channels.accounts import Account
from bridge.channels.calling import Call
from bridge.channels.coming_in import Event, Fetched
from bridge.channels.going_out import Message, Told
from bridge.channels.protocol import Plain

USUAL: Final = Capabilities(
    name="",
    kind=Kind.CARE_TOOL,
    network="",
    lengths="other",
    receives_webhooks=True,
    can_receive_private=True,
    can_send_private=True,
    can_write_note=True,
    can_read_back=True,
    can_fetch=True,
    ids_of_server=True,
)
"""What a tool must be able to do to be one of ours; each puts its name and what else it can into it."""

CHOSEN_LEAST: Final = 16
CHOSEN: Final = Rule(
    word="chosen",
    says=f"Use at least {CHOSEN_LEAST} signs, best random ones.",
    fits=lambda value: len(value) >= CHOSEN_LEAST,
)
"""A secret that no tool makes: somebody thinks it up, and whoever guesses it can tell us anything."""


class Reading(Protocol):
    """What a care tool's `reading.py` gives."""

    def read(self, account: Account, body: bytes) -> Sequence[Event]:
        """One delivery, or one conversation that `fetch` brought, as events. Pure. Raises NotReadable."""
        ...


class Sending(Protocol):
    """What a care tool's `sending.py` gives. All three raise nothing."""

    def fetch(self, account: Account, conversation: str, *, call: Call) -> Fetched:
        """One conversation with what was written in it, in one body for `read`."""
        ...

    def send(self, account: Account, message: Message, *, call: Call) -> Told:
        """Write a note for colleagues, or answer the customer, once."""
        ...

    def find(self, account: Account, message: Message, *, call: Call) -> Told:
        """Look through the conversation for an earlier try."""
        ...


class CareTool(Plain):
    """A care tool, made of its folder's two rooms. Inherit from it and give `capabilities` and `verify`."""

    def __init__(self, reading: Reading, sending: Sending) -> None:
        self._reading = reading
        self._sending = sending

    def read(self, account: Account, body: bytes) -> Sequence[Event]:
        """Read a delivery or a fetched conversation. Raises NotReadable."""
        return self._reading.read(account, body)

    def fetch(self, account: Account, conversation: str, *, call: Call) -> Fetched:
        """Ask for one conversation."""
        return self._sending.fetch(account, conversation, call=call)

    def send(self, account: Account, message: Message, *, call: Call) -> Told:
        """Write once."""
        return self._sending.send(account, message, call=call)

    def find(self, account: Account, message: Message, *, call: Call) -> Told:
        """Look for an earlier try."""
        return self._sending.find(account, message, call=call)
