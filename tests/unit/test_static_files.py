"""Sheets and modules are joined as their rules say."""

import re
from pathlib import Path

from web.static_files import FOLDER, put_together


def written(folder: Path, **files: str) -> Path:
    for kind in ("css", "js"):
        (folder / kind).mkdir()
    for name, text in files.items():
        stem, _, kind = name.rpartition("_")
        (folder / kind / f"{stem}.{kind}").write_text(text)
    return folder


def test_the_sheet_begins_with_tokens_and_keeps_print_apart(tmp_path: Path) -> None:
    folder = written(tmp_path, boxes_css="B", base_css="A", tokens_css="T", print_css="P\n")

    assert put_together(folder)["style.css"] == b"TAB@media print {\nP\n}\n"


def test_a_sheet_is_served_without_its_comments(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        base_css="/* why\n   so */\na { b: c; } /* d */\n  /* e */\nf {}\n",
        tokens_css="",
        print_css="",
    )

    assert put_together(folder)["style.css"] == b"a { b: c; }f {}\n@media print {\n}\n"


def test_no_text_in_a_sheet_looks_like_a_comment() -> None:
    for path in FOLDER.rglob("*.css"):
        assert not re.search(r"""(["'])(?:(?!\1)[^\n])*/\*(?:(?!\1)[^\n])*\1""", path.read_text("utf-8")), (
            path
        )


def test_a_module_brings_what_it_imports_once_and_first(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        print_css="",
        tokens_css="",
        base_css="",
        counter_js='import { beep } from "./sound.js";\nimport {} from "./page.js";\nbeep();\n',
        sound_js='import {} from "./page.js";\nexport function beep() {}\n',
        page_js="let sent = 0;\n",
    )

    assert put_together(folder)["counter.js"] == b"let sent = 0;\nfunction beep() {}\nbeep();\n"


def test_no_bundle_keeps_an_import_or_an_export() -> None:
    for name, body in put_together(FOLDER).items():
        if name.endswith(".js"):
            assert not re.search(rb"^(import|export) ", body, re.MULTILINE), name
