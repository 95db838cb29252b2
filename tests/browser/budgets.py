"""What a page may cost: bytes as they cross the network, and requests, on a first visit.

One table for all pages. Bytes are those of the bodies as nginx sends them in production (`deploy/`): sheet,
modules and pictures after gzip, the document as it is, because a page that holds secrets beside what a caller
may choose is left uncompressed (BREACH). The frame that all pages share (sheet,
icons, frame module) counts into every one of them. The tab's icon counts as bytes and not as a request:
browsers fetch it when all else is there, once a year (and the tests' browser once in a window).
"""

import gzip
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from playwright.sync_api import Response

KIB = 1024
TAB_ICON = "icon.svg"


@dataclass(frozen=True)
class Budget:
    """The most that a page of this kind may cost."""

    kib: int
    requests: int


BUDGETS = {
    "P0": Budget(30, 3),  # sign-in, pairing
    "P1": Budget(60, 5),  # the agent's queue and board
    "P2": Budget(70, 6),  # conversation and promise
    "P3": Budget(40, 6),  # promise made
    "P4": Budget(60, 5),  # case, approvals
    "P5": Budget(43, 4),  # counter; 40 was meant with the document after gzip (it would be 26)
    "P6": Budget(50, 4),  # a case at the counter, moves, opening hours
    "P7": Budget(50, 4),  # the store's inbox
    "P9": Budget(50, 4),  # device
    "P10": Budget(100, 5),  # headquarters
    "P11": Budget(120, 5),  # causes
    "P12": Budget(100, 5),  # ranks
    "P13": Budget(50, 4),  # export
    "P14": Budget(25, 3),  # the customer's page
    "P15": Budget(25, 3),  # slip
    "P16": Budget(30, 3),  # errors
    "P17": Budget(100, 5),  # setup
    "demo": Budget(120, 8),  # pages that the demo alone has
}
FRAGMENT_BYTES = 2 * KIB
"""A verdict's panel, as the counter's module fetches it."""


class Meter:
    """Counts what a page fetches until it is read."""

    def __init__(self) -> None:
        self.answers: list[Response] = []

    def note(self, answer: Response) -> None:
        if answer.status < HTTPStatus.MULTIPLE_CHOICES or answer.status >= HTTPStatus.BAD_REQUEST:
            self.answers.append(answer)  # a redirect has no body

    def faults(self, room: str) -> list[str]:
        """Where the page costs more than its room allows."""
        budget, weights = BUDGETS[room], [(weight(answer), path_of(answer)) for answer in self.answers]
        total = sum(size for size, _ in weights)
        found = []
        if total > budget.kib * KIB:
            heaviest = ", ".join(f"{path} {size}" for size, path in sorted(weights, reverse=True)[:4])
            found.append(f"weighs {total} bytes of {budget.kib * KIB}: {heaviest}")
        asked = [path for _, path in weights if path != TAB_ICON]
        if len(asked) > budget.requests:
            found.append(f"{len(asked)} requests of {budget.requests}: {', '.join(asked)}")
        return found


def weight(answer: Response) -> int:
    """The bytes of an answer's body on the network."""
    body = answer.body()
    return len(body) if answer.headers.get("content-type", "").startswith("text/html") else zipped(body)


def zipped(body: bytes) -> int:
    """As nginx sends it."""
    return min(len(body), len(gzip.compress(body, compresslevel=6))) if body else 0


def path_of(answer: Response) -> str:
    return urlsplit(answer.url).path.rpartition("/")[2] or "/"
