"""Style sheets, modules and pictures, kept by browsers for a year.

Each source stays a small file of its own; what a browser fetches is put together once, when
the service starts, because a counter on a slow network pays for every request: one sheet from
all of `css/` (in the order of SHEETS, the rest by name, without their comments), and for each entry
module in `js/` one file with everything that it imports. There is no build and nothing to install for it.

A page for people who are no staff has a small sheet of its own, in `css/alone/`: tokens, base,
the QR and the colours of tags before it, and nothing of the desks.

A module imports only by `import { name } from "./other.js";` on one line, and two modules that
meet in one bundle use different top-level names: a browser refuses the bundle otherwise, and a
test opens them all. What is loaded on demand is an entry of its own: `import("./camera.js")`.

One hash over everything stands in every address, so that a release is never half old, half new.
Source: docs/decisions/0012-static-files-put-together-at-start.md.
"""

import re
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, url_for

from bridge.errors import NotFound
from web.sessions import public

FOLDER = Path(__file__).parent / "static"
SHEET = "style.css"
SHEETS = ("tokens.css", "base.css")
PRINT = "print.css"
QR = "qr.css"
TAGS = "tags.css"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png"}
_COMMENT = re.compile(r"[ \t]*/\*.*?\*/\n?", re.DOTALL)
_IMPORT = re.compile(r'^import \{[^}\n]*\} from "\./(?P<name>[a-z_]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?function|const|class|let)", re.MULTILINE)
blueprint = Blueprint("static_files", "web")


def register(app: Flask) -> None:
    """Put the files together, serve them, and let templates write `static("counter.js")`."""
    files = put_together(FOLDER)
    digest = sha256()
    for name, body in sorted(files.items()):
        digest.update(name.encode() + b"\0" + body)
    version = digest.hexdigest()[:12]
    app.extensions["bridge_static_version"] = version
    app.extensions["bridge_static_files"] = files
    app.jinja_env.globals["static"] = lambda name: url_for(
        "static_files.serve", version=version, filename=name
    )
    app.register_blueprint(blueprint)


@blueprint.get("/static/<version>/<filename>")
@public
def serve(version: str, filename: str) -> Response:
    """One file. A page of an older release gets the file of today, and does not keep it."""
    body = current_app.extensions["bridge_static_files"].get(filename)
    if body is None:
        raise NotFound("there is no such file")
    answer = Response(body, content_type=f"{TYPES[Path(filename).suffix]}; charset=utf-8")
    if version == current_app.extensions["bridge_static_version"]:
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        answer.headers["Cache-Control"] = "no-cache"
    return answer


def put_together(folder: Path) -> dict[str, bytes]:
    """What browsers fetch, by name: the sheet, every module with its imports, every picture."""
    files = {SHEET: _sheet(folder / "css").encode()}
    for path in sorted((folder / "css" / "alone").glob("*.css")):
        parts = [*(folder / "css" / name for name in (*SHEETS, QR, TAGS)), path]
        files[path.name] = "".join(map(_rules, parts)).encode()
    for path in sorted((folder / "js").glob("*.js")):
        files[path.name] = _bundle(path, []).encode()
    for path in sorted(folder.glob("*.*")):
        files[path.name] = path.read_bytes()
    return files


def _sheet(folder: Path) -> str:
    names = [path.name for path in sorted(folder.glob("*.css"))]
    parts = [*SHEETS, *(name for name in names if name not in {*SHEETS, PRINT})]
    whole = "".join(_rules(folder / name) for name in parts)
    return f"{whole}@media print {{\n{_rules(folder / PRINT)}}}\n"


def _rules(sheet: Path) -> str:
    """A sheet without its comments, which are for whoever changes it; no text in it begins like one."""
    return _COMMENT.sub("", sheet.read_text("utf-8"))


def _bundle(path: Path, seen: list[Path]) -> str:
    """The module with what it imports before it, each once."""
    seen.append(path)
    text = path.read_text("utf-8")
    before = ""
    for found in _IMPORT.finditer(text):
        other = path.with_name(found["name"])
        if other not in seen:
            before += _bundle(other, seen)
    return before + _EXPORT.sub("", _IMPORT.sub("", text))
