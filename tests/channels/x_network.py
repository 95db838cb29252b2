"""X as a function, for the tests of its channel: it answers by path and keeps what it was asked."""

from urllib.parse import parse_qs, urlsplit

from bridge.channels.calling import Answered, Request
from bridge.channels.registry import channel
from bridge.channels.webhook import Failed
from tests.channels.answers import answer
from tests.channels.cases.x import USER, side

X = channel("x")


class Network:
    """X as a function: answers by path, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answers: dict[str, list[Answered | Failed]] = {}

    def on(self, path: str, *given: Answered | Failed) -> "Network":
        """Answer requests whose path ends so; each in turn, the last one for ever."""
        self.answers[path] = list(given)
        return self

    def __call__(self, request: Request) -> Answered | Failed:
        self.asked.append(request)
        path = urlsplit(request.url).path
        for end, given in self.answers.items():
            if path.endswith(end):
                return given.pop(0) if len(given) > 1 else given[0]
        return side(request)

    def query(self, end: str) -> dict[str, str]:
        """The last query to a path that ends so."""
        found = [one for one in self.asked if urlsplit(one.url).path.endswith(end)]
        return {name: values[0] for name, values in parse_qs(urlsplit(found[-1].url).query).items()}

    def paths(self) -> list[str]:
        return [f"{one.method} {urlsplit(one.url).path}" for one in self.asked]


def page(*posts: dict[str, object], **meta: object) -> Answered:
    told = {"data": list(posts), "includes": {"users": [USER]}, "meta": {"result_count": len(posts), **meta}}
    return answer(200, told)
