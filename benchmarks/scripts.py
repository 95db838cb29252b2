"""The requests that the load generator sends, to the bridge and to REF.

Which numbers are free for what is said in `data.py`; a code or a thread that an act uses up is sent once.
"""

import itertools
import secrets
from dataclasses import dataclass
from uuid import UUID

import orjson

from benchmarks import load
from benchmarks.data import RACE_CODES, code_of, freshen
from benchmarks.retailer import CLIENTS, PRICE_MINOR, World


@dataclass
class Scripts:
    """Makes the requests of each side, eight lists of bytes at a time (one per connection)."""

    world: World

    def __post_init__(self) -> None:
        world = self.world
        self._keys = itertools.count(1)
        self._fresh = [iter(world.numbers(client, "fresh")) for client in range(CLIENTS)]
        self._decide = [iter(world.numbers(client, "decide")) for client in range(CLIENTS)]
        self._ref_codes = iter(range(world.rows))

    def renew(self) -> None:
        """After `freshen`: a small table's promises can be used again."""
        freshen(self.world)
        if not self.world.is_large:
            self.__post_init__()

    def look_ups(self, clients: int) -> list[list[bytes]]:
        """Codes that were presented before; in an order that no cache of pages likes."""
        made = []
        for client in range(clients):
            numbers = self.world.numbers(client, "seen")
            spread = [numbers[at * 7919 % len(numbers)] for at in range(min(len(numbers), 4000))]
            made.append([_look_up(code_of(number), self.world.managers[client]) for number in spread])
        return made

    def first_look_ups(self, clients: int, each: int) -> list[list[bytes]]:
        """Codes that nobody presented yet; each is used once."""
        return [
            [
                _look_up(code_of(n), self.world.managers[client])
                for n in itertools.islice(self._fresh[client], each)
            ]
            for client in range(clients)
        ]

    def decisions(self, clients: int, each: int) -> list[list[bytes]]:
        return [
            [
                self._decision(code_of(n), self.world.managers[client])
                for n in itertools.islice(self._decide[client], each)
            ]
            for client in range(clients)
        ]

    def race(self) -> list[list[bytes]]:
        """Eight tills of one store, the same codes in the same order."""
        numbers = range(self.world.rows, self.world.rows + RACE_CODES)
        return [[self._decision(code_of(n), token) for n in numbers] for token in self.world.racers]

    def promises(self, clients: int, each: int) -> list[list[bytes]]:
        return [
            [self._promise(client, thread) for thread in itertools.islice(self.world.threads[client], each)]
            for client in range(clients)
        ]

    def ref_selects(self, clients: int) -> list[list[bytes]]:
        return [[load.get(f"/cases/{code}") for code in codes] for codes in self._ref_seen(clients)]

    def ref_look_ups(self, clients: int) -> list[list[bytes]]:
        return [
            [load.post("/look-up", orjson.dumps({"code": code})) for code in codes]
            for codes in self._ref_seen(clients)
        ]

    def ref_redeems(self, clients: int, each: int) -> list[list[bytes]]:
        return [
            [
                load.post("/redeem", orjson.dumps({"code": code_of(n)}))
                for n in itertools.islice(self._ref_codes, min(each, self.world.rows // clients))
            ]
            for _ in range(clients)
        ]

    def ref_creates(self, clients: int, each: int) -> list[list[bytes]]:
        fields = {
            "amount_minor": PRICE_MINOR,
            "store": "Store 1",
            "customer": "@customer",
            "item": "CD box set",
        }
        return [
            [
                load.post("/cases", orjson.dumps({**fields, "code": secrets.token_hex(8), "note": "New."}))
                for _ in range(each)
            ]
            for _ in range(clients)
        ]

    def _ref_seen(self, clients: int) -> list[list[str]]:
        return [
            [code_of((at * 7919 + client) % self.world.rows) for at in range(4000)]
            for client in range(clients)
        ]

    def _decision(self, code: str, token: str) -> bytes:
        body = orjson.dumps({"action": "honour", "code": code, "receipt_ref": "R-1"})
        return load.post("/api/v1/counter/decisions", body, token=token, key=self._key())

    def _promise(self, client: int, thread: UUID) -> bytes:
        line = {"type": "exchange", "level": "authorise", "item": "CD box set", "amount_minor": PRICE_MINOR}
        body = {"thread_id": thread, "lines": [line], "store_scope": "one", "store_number": "1"}
        body["prior_contacts"] = [{"channel": "phone", "tries": 2}]
        return load.post(
            "/api/v1/escalations", orjson.dumps(body), token=self.world.agents[client], key=self._key()
        )

    def _key(self) -> str:
        return f"{secrets.token_hex(6)}-{next(self._keys)}"


def _look_up(code: str, token: str) -> bytes:
    return load.post("/api/v1/counter/look-up", orjson.dumps({"code": code, "source": "typed"}), token=token)
