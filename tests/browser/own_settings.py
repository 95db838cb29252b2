"""What a reader sets for themselves, looked for in one opened window: zoom, wider text, forced colours, paper.

Like `tests.browser.examine`: each function returns lines, one for each fault. The open window changes
its size and its media, which is faster than opening it anew, and is left as it was.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

from tests.browser.axe import lines_of
from tests.browser.examine import HEIGHT, width_faults

ZOOMED = 640
"""CSS pixels that a window of 1,280 has at a zoom of 200 %."""
REFLOWED = 320
"""And at 400 %, from where on nothing may need to be scrolled in two directions (WCAG 1.4.10)."""
A4 = 718
"""CSS pixels of a sheet of A4, 210 mm, between edges of 10 mm."""
# WCAG 1.4.12: what a reader's own sheet may set without loss.
SPACED = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }
"""
LARGE = ":root { font-size: 200% !important; }"

# Text that reaches out of the box that is to hold it, where that box does not scroll. What is unseen on
# purpose (for the ear alone) does not count, a glyph may be higher than its line, and a space
# that hangs over a line's end is a narrow box of its own.
# The gallery shows both themes at once, so that one of them
# cannot have the reader's colours.
_CUT = """(paper) => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode() && found.length < 5) {
    const text = walker.currentNode, parent = text.parentElement;
    if (!text.data.trim() || parent.closest("script, template, option, textarea, .unseen, .skip, svg")) continue;
    if (!parent.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const range = document.createRange();
    range.setStart(text, text.data.length - text.data.trimStart().length);
    range.setEnd(text, text.data.trimEnd().length);
    const boxes = [...range.getClientRects()];
    const say = (why, up) => found.push(`${why} ${up.tagName.toLowerCase()}.${up.className}: ${text.data.trim().slice(0, 40)}`);
    for (let up = parent; up && up !== document.body; up = up.parentElement) {
      const style = getComputedStyle(up), box = up.getBoundingClientRect(), em = parseFloat(style.fontSize);
      if (style.display === "inline" || style.display === "contents") continue;
      if (style.clipPath !== "none" || style.webkitLineClamp !== "none") break;
      const hides = style.overflowX !== "visible";
      if (!paper && (style.overflowX === "auto" || style.overflowX === "scroll")) break;
      if (boxes.some((b) => b.width > em * 0.7 && (b.left < box.left - 1.5 || b.right > box.right + em / 5))) { say(hides ? "cut by" : "sticks out of", up); break; }
      if (style.overflowY !== "auto" && style.overflowY !== "scroll" && boxes.some((b) => b.bottom > box.bottom + em / 2 || b.top < box.top - em / 2)) { say("is higher than", up); break; }
      if (style.position === "fixed" || style.position === "absolute") break;
    }
  }
  return found;
}"""
_WITHOUT_EDGE = """() => [...document.querySelectorAll("button, .button, input:not([type=hidden], [type=radio], [type=checkbox]), select, textarea, .verdict, .tag, .notice")]
  .filter((e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !e.closest(".skip"))
  .filter((e) => {
    const style = getComputedStyle(e);
    const sides = ["Top", "Right", "Bottom", "Left"];
    return !sides.some((side) => parseFloat(style[`border${side}Width`]) >= (e.matches(".verdict") ? 3 : 1) && style[`border${side}Style`] !== "none");
  })
  .map((e) => e.outerHTML.slice(0, 90))"""
_FAINT = """async () => typeof axe === "object" && !document.querySelector(".gallery")
  ? (await axe.run({ runOnly: ["color-contrast"], resultTypes: ["violations"] })).violations : []"""
_ON_PAPER = """() => {
  const seen = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && e.getBoundingClientRect().height > 0;
  const found = [...document.querySelectorAll("nav, header.top, footer.foot, .skip, .tour, .demo-menu, [popover], dialog, button, .button, .menu-button")]
    .filter(seen).map((e) => `prints ${e.outerHTML.slice(0, 80)}`);
  const main = document.querySelector("main");
  if (!main || !seen(main) || !main.querySelector("h1") || !seen(main.querySelector("h1")))
    found.push("prints nothing");
  for (const e of document.querySelectorAll("main *"))
    if (seen(e) && getComputedStyle(e).overflowX !== "visible" && !e.matches("input, textarea, select, .unseen") && e.scrollWidth > e.clientWidth + 1)
      found.push(`paper does not scroll: ${e.tagName.toLowerCase()}.${e.className} ${e.scrollWidth} > ${e.clientWidth}`);
  return found;
}"""


@contextmanager
def sheet(page: Page, rules: str) -> Iterator[None]:
    """A sheet of the reader's own, until the block ends."""
    page.evaluate(
        "(rules) => { const s = new CSSStyleSheet(); s.replaceSync(rules); document.adoptedStyleSheets = [s]; }",
        rules,
    )
    yield
    page.evaluate("document.adoptedStyleSheets = []")


def own_settings_faults(page: Page) -> list[str]:
    """A doubled zoom, text of twice the size, wider text, forced colours."""
    found = look_at(page, "zoomed", ZOOMED)
    with sheet(page, LARGE):
        found += look_at(page, "large text", ZOOMED)
    with sheet(page, SPACED):
        found += look_at(page, "spaced", REFLOWED)
    page.emulate_media(forced_colors="active")
    found += [f"[forced colours] no edge: {line}" for line in page.evaluate(_WITHOUT_EDGE)]
    found += [f"[forced colours] {line}" for line in lines_of(page.evaluate(_FAINT))]
    page.emulate_media(forced_colors="none")
    return found


def print_faults(page: Page) -> list[str]:
    """What paper must not show, and what it cuts."""
    page.emulate_media(media="print")
    found = look_at(page, "print", A4, paper=True)
    found += [f"[print] {line}" for line in page.evaluate(_ON_PAPER)]
    page.emulate_media(media="screen")
    return found


def look_at(page: Page, name: str, width: int, *, paper: bool = False) -> list[str]:
    """What sticks out or is cut at this width."""
    found = [f"[{name}] {line}" for line in [*width_faults(page, (width,)), *page.evaluate(_CUT, paper)]]
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    return found
