"""docs/counter.md says what the counter says: each verdict's word and every sentence for the customer."""

import re
from pathlib import Path

import pytest

from bridge.verdicts import Verdict
from web.verdict_words import SAY, SAY_OTHERWISE, WORDS

DOC = Path(__file__).resolve().parents[2] / "docs" / "counter.md"
QUOTED = re.compile("“.*?”")


def rows() -> dict[str, tuple[str, str]]:
    """Verdict -> the cells of its word and its sentences."""
    text = DOC.read_text("utf-8")
    found = re.findall(r"^\| `(\w+)` \| \w+ \| (.*?) \| (.*?) ?\| ", text, re.MULTILINE)
    return {key: (word, says) for key, word, says in found}


def test_the_table_has_every_verdict() -> None:
    assert set(rows()) == {verdict.value for verdict in Verdict}


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_table_has_the_verdict_s_word_and_all_its_sentences(verdict: Verdict) -> None:
    word, says = rows()[verdict.value]

    assert word == as_written(WORDS[verdict])
    known = {as_written(texts[verdict]) for texts in (SAY, SAY_OTHERWISE) if verdict in texts}
    assert set(QUOTED.findall(says)) == known


def as_written(line: object) -> str:
    """A line of the catalogue as the doc writes it: what is filled in stands slanted."""
    return re.sub(r"%\((\w+)\)s", r"*\1*", str(line))
