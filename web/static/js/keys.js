// The keyboard map of the desk. Single keys can be switched off (WCAG 2.1.4), and are never taken
// from a field, a dialog or a key that is held together with Ctrl, Alt or Meta.
// The switch is a cookie: signing out empties every other store of the browser.
const KEYS_OFF = "bridge_keys=off";
const keysDialog = document.getElementById("keys");
const keysSwitch = document.getElementById("keys-on");
const keysButton = document.getElementById("keys-open");

function keepSwitch(isOn) {
  const ends = isOn ? 0 : 31536000;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${KEYS_OFF}; max-age=${ends}; path=/; samesite=lax${secure}`;
}

function isField(element) {
  return (
    element instanceof HTMLElement &&
    (element.isContentEditable || element.matches("input, textarea, select, [role=combobox], dialog, dialog *"))
  );
}

function moveFocus(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (rows.length === 0) return;
  const at = rows.findIndex((row) => row === document.activeElement || row.hasAttribute("aria-current"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step))];
  for (const row of rows) row.removeAttribute("aria-current");
  next.setAttribute("aria-current", "true");
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

// A row's page, at the place that the key means; on a page of one conversation the place itself.
function goTo(anchor) {
  const here = document.getElementById(anchor);
  if (here) {
    const target = here.matches("button, a, input, select, textarea") ? here : here.querySelector("select, input:not([type=hidden]), textarea, button");
    (target ?? here).focus();
    return;
  }
  const row = document.activeElement?.matches("[data-row]") ? document.activeElement : document.querySelector("[data-row][aria-current]");
  if (row) location.assign(`${row.href}#${anchor}`);
}

export function startKeys() {
  if (!keysDialog) return;
  keysButton.hidden = false;
  keysButton.addEventListener("click", () => keysDialog.showModal());
  keysSwitch.checked = !document.cookie.split("; ").includes(KEYS_OFF);
  keysSwitch.addEventListener("change", () => keepSwitch(keysSwitch.checked));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || !keysSwitch.checked) return;
    if (isField(document.activeElement) || keysDialog.open) return;
    const deed = {
      j: () => moveFocus(1),
      k: () => moveFocus(-1),
      e: () => goTo("template"),
      r: () => goTo("reply-only"),
      c: () => document.querySelector("[data-copy=private]")?.click(),
      x: () => document.querySelector("[data-copy=public]")?.click(),
      "?": () => keysDialog.showModal(),
    }[event.key.length === 1 ? event.key.toLowerCase() : ""];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
  // A row that the keyboard reached by Tab is the current one, too.
  document.addEventListener("focusin", (event) => {
    if (!event.target.matches?.("[data-row]")) return;
    for (const row of document.querySelectorAll("[data-row][aria-current]")) row.removeAttribute("aria-current");
    event.target.setAttribute("aria-current", "true");
  });
}
