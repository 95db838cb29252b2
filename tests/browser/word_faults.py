"""How sentences lie in one opened window of a telephone's width: whole words, in whole lines.

Like `tests.browser.examine`: lines, one for each fault.
"""

from playwright.sync_api import Page

from tests.browser.examine import HEIGHT

# A short word over two lines: a box that may break anywhere was made narrower than its words. A name, an address
# and a code may be longer than any box; a word of another script breaks where its language breaks it.
_BROKEN = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (walker.nextNode() && found.length < 5) {
    const text = walker.currentNode, parent = text.parentElement;
    if (text.data.trim().length < 2 || parent.closest("script, template, option, textarea, .unseen, .skip, svg, bdi, code, pre, [dir=auto]")) continue;
    range.selectNodeContents(text);
    if (range.getClientRects().length < 2 || !parent.checkVisibility()) continue;
    for (const word of text.data.matchAll(/(?<!\\S)[\\p{P}]*(\\p{Script=Latin}{2,14})[\\p{P}]*(?!\\S)/gu)) {
      const from = word.index + word[0].indexOf(word[1]);
      range.setStart(text, from);
      range.setEnd(text, from + word[1].length);
      if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) found.push(`${word[1]} in ${parent.tagName.toLowerCase()}.${parent.className}`);
    }
  }
  return found;
}"""
# A flex row lays its parts out side by side and drops the spaces between them: "10" and "Maplewood" become
# "10Maplewood", and a sentence with a name in it becomes columns. A mark for the eye beside a text is meant so.
_SPLIT = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode() && found.length < 5) {
    const text = walker.currentNode, row = text.parentElement;
    if (!text.data.trim() || !row.checkVisibility() || row.closest(".unseen, .skip, svg")) continue;
    const style = getComputedStyle(row);
    if (!/flex|grid/.test(style.display) || style.flexDirection.startsWith("column")) continue;
    const words = (node) => node && (node.nodeType === Node.TEXT_NODE ? node.data.trim() : node.nodeType === Node.ELEMENT_NODE && node.matches("bdi, strong, em, a, time, span:not(.tag, .unseen, .left, .muted)") && node.checkVisibility() && node.textContent.trim());
    const beside = [text.previousSibling, text.nextSibling].filter(words);
    const texts = [...row.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (beside.length && (texts.length > 1 || !parseFloat(style.columnGap))) found.push(`${row.tagName.toLowerCase()}.${row.className}: ${row.textContent.trim().replace(/\\s+/g, " ").slice(0, 60)}`);
  }
  return found;
}"""


def word_faults(page: Page, width: int = 390) -> list[str]:
    """Short words broken over lines, and sentences laid out as columns."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    return [
        *(f"at {width}: breaks {line}" for line in page.evaluate(_BROKEN)),
        *(f"at {width}: splits {line}" for line in page.evaluate(_SPLIT)),
    ]
