"""The causes of cases: codes in three levels with labels, as versioned data. Pure.

A code is `STORE_SERVICE.reachability.phone_not_answered`; a case is coded with the third level.
`B1` to `B8` are a second axis: what failed in the bridge itself. A brand without a version of its
own has version 1, which `bridge/starting_causes.py` holds. A version never changes; a case keeps
the version that it was coded with.

    {"causes": [{"code": "STORE_SERVICE", "label": {"en": "..."}, "children": [
        {"code": "reachability", "label": {"en": "..."}, "children": [
            {"code": "phone_not_answered", "label": {"en": "..."}}]}]}],
     "bridge": [{"code": "B1", "label": {"en": "..."}}]}
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bridge.errors import InvalidInput
from bridge.starting_causes import STARTING_BRIDGE_CAUSES, STARTING_CAUSES

LEVELS = 3
LANGUAGES = ("en", "es", "fr")
MOST_CODES = 2000
LABEL_MAX_CHARACTERS = 80
CODE_MAX_CHARACTERS = 120
_PART = (
    re.compile(r"[A-Z][A-Z0-9_]{1,39}", re.ASCII),
    re.compile(r"[a-z][a-z0-9_]{1,39}", re.ASCII),
    re.compile(r"[a-z][a-z0-9_]{1,39}", re.ASCII),
)
_BRIDGE_CODE = re.compile(r"B[1-9][0-9]{0,2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cause:
    """One code of a level with its labels by language; `code` is the whole path."""

    code: str
    level: int
    labels: Mapping[str, str]

    def label(self, language: str) -> str:
        """The label in a language; English where there is none."""
        return self.labels.get(language) or self.labels["en"]


@dataclass(frozen=True, slots=True)
class Causes:
    """A version of the taxonomy, ready to be asked. `definition` is what is stored."""

    version: int
    definition: Mapping[str, Any]
    all: Mapping[str, Cause]
    bridge: Mapping[str, Cause]

    def require(self, code: str) -> Cause:
        """The cause with this code of three levels. Raises InvalidInput on `cause_code`."""
        found = self.all.get(code)
        if found is None or found.level != LEVELS:
            raise InvalidInput(
                "no cause has this code", fields={"cause_code": ["choose a cause of the third level"]}
            )
        return found

    def require_bridge(self, code: str) -> Cause:
        """The failure of the bridge with this code. Raises InvalidInput on `bridge_cause`."""
        found = self.bridge.get(code)
        if found is None:
            raise InvalidInput("no cause has this code", fields={"bridge_cause": ["choose one of the list"]})
        return found

    def path(self, code: str, language: str) -> str:
        """The labels from the first level to `code`; the code itself where it is not known."""
        parts = code.split(".")
        codes = [".".join(parts[: count + 1]) for count in range(len(parts))]
        if any(one not in self.all for one in codes):
            return code
        return " > ".join(self.all[one].label(language) for one in codes)

    def leaves(self) -> list[Cause]:
        """Every code that a case may get, in the order of the definition."""
        return [cause for cause in self.all.values() if cause.level == LEVELS]


def parse(definition: Any, *, version: int) -> Causes:
    """Read a definition. Raises InvalidInput that names the place of what is wrong."""
    top = _object(definition, "the taxonomy", {"causes", "bridge"})
    found: dict[str, Cause] = {}
    for cause in _walk(_list(top.get("causes"), "causes"), path=(), place="causes"):
        if cause.code in found:
            raise _wrong(cause.code, "stands twice")
        found[cause.code] = cause
    if not found or len(found) > MOST_CODES:
        raise _wrong("causes", f"give 1 to {MOST_CODES} codes")
    bridge: dict[str, Cause] = {}
    for number, entry in enumerate(_list(top.get("bridge", []), "bridge")):
        place = f"bridge[{number}]"
        values = _object(entry, place, {"code", "label"})
        code = values.get("code")
        if not isinstance(code, str) or not _BRIDGE_CODE.fullmatch(code) or code in bridge:
            raise _wrong(place, "the code is B and a number, once")
        bridge[code] = Cause(code, 1, _labels(values.get("label"), place))
    return Causes(version, top, found, bridge)


@lru_cache(maxsize=1)
def starting() -> Causes:
    """Version 1, which every brand has until it loads one of its own."""
    return parse(
        {"causes": _tree(STARTING_CAUSES.splitlines()), "bridge": _tree(STARTING_BRIDGE_CAUSES.splitlines())},
        version=1,
    )


def _walk(entries: Sequence[Any], *, path: tuple[str, ...], place: str) -> Iterator[Cause]:
    for number, entry in enumerate(entries):
        here = f"{place}[{number}]"
        level = len(path)
        is_leaf = level == LEVELS - 1
        values = _object(entry, here, {"code", "label"} if is_leaf else {"code", "label", "children"})
        code = values.get("code")
        if not isinstance(code, str) or not _PART[level].fullmatch(code):
            case = "capitals" if level == 0 else "small letters"
            raise _wrong(here, f"the code has {case}, digits and _")
        whole = ".".join((*path, code))
        if len(whole) > CODE_MAX_CHARACTERS:
            raise _wrong(here, f"the whole code has at most {CODE_MAX_CHARACTERS} signs")
        yield Cause(whole, level + 1, _labels(values.get("label"), here))
        if not is_leaf:
            children = _list(values.get("children"), f"{here}.children")
            if not children:
                raise _wrong(here, "a cause of the first or second level has children")
            yield from _walk(children, path=(*path, code), place=f"{here}.children")


def _labels(given: Any, place: str) -> dict[str, str]:
    labels = _object(given, f"{place}.label", set(LANGUAGES))
    if "en" not in labels:
        raise _wrong(f"{place}.label", "give it in English at least")
    for text in labels.values():
        if not isinstance(text, str) or not 0 < len(text.strip()) <= LABEL_MAX_CHARACTERS:
            raise _wrong(f"{place}.label", f"1 to {LABEL_MAX_CHARACTERS} characters")
        if not text.isprintable():
            raise _wrong(f"{place}.label", "control characters are not allowed")
    return labels


def _tree(lines: Sequence[str]) -> list[dict[str, Any]]:
    """A definition from lines that are indented by two spaces a level."""
    roots: list[dict[str, Any]] = []
    above: list[dict[str, Any]] = []
    for line in lines:
        depth = (len(line) - len(line.lstrip())) // 2
        code, *labels = (part.strip() for part in line.split("|"))
        entry: dict[str, Any] = {"code": code, "label": dict(zip(LANGUAGES, labels, strict=True))}
        del above[depth:]
        (above[-1].setdefault("children", []) if above else roots).append(entry)
        above.append(entry)
    return roots


def _object(given: Any, place: str, known: set[str]) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise _wrong(place, "must be an object")
    unknown = sorted(set(map(str, given)) - known)
    if unknown:
        raise _wrong(place, f"knows no {unknown[0][:40]}")
    return given


def _list(given: Any, place: str) -> list[Any]:
    if not isinstance(given, list):
        raise _wrong(place, "must be a list")
    return given


def _wrong(place: str, message: str) -> InvalidInput:
    return InvalidInput(f"{place}: {message}", fields={place: [message]})
