"""One table of examples for how a text reads as a code; the browser's reader is held to it too."""

import json
from pathlib import Path
from typing import Any

import pytest

from bridge import codes

TABLE: list[dict[str, Any]] = json.loads((Path(__file__).parent / "codes_read.json").read_text("utf-8"))


@pytest.mark.parametrize("example", TABLE, ids=lambda example: ascii(example["text"]))
def test_a_text_reads_as_the_table_says(example: dict[str, Any]) -> None:
    read = codes.parse(example["text"])

    assert (read.kind.value, read.signs) == (example["kind"], example["signs"])
