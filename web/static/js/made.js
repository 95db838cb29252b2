import {} from "./page.js";
import {} from "./copy.js";
import { sayLength } from "./lengths.js";
import { startKeys } from "./keys.js";
// The code handed over: the private message is copied by itself once, right after the promise was
// made; the public reply may be changed, is counted while one types, and must not hold the code.
const PAUSE_BEFORE_SAYING_MS = 1000;
const copiedBox = document.getElementById("copied");
const reply = document.getElementById("public");

async function copyOnce() {
  let wanted = false;
  try {
    wanted = sessionStorage.getItem("copy-next") === "1";
    sessionStorage.removeItem("copy-next");
  } catch {
    // a browser that keeps nothing
  }
  if (!wanted) return;
  document.getElementById("made").focus();
  await navigator.clipboard.writeText(document.getElementById("private").value);
  copiedBox.textContent = copiedBox.dataset.auto;
}

function countReply() {
  const shown = document.getElementById("public-count");
  const reset = document.getElementById("public-reset");
  const said = document.getElementById("public-said");
  const leak = document.getElementById("public-code");
  const ours = reply.value;
  let timer = 0;

  reply.addEventListener("input", () => {
    const over = sayLength(shown, reply.value, JSON.parse(reply.dataset.rules));
    reset.hidden = over === 0;
    const held = reply.value.toUpperCase().replace(/[^0-9A-Z]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
    const warning = held.includes(reply.dataset.code) ? leak.dataset.text : "";
    if (leak.textContent !== warning) leak.textContent = warning;
    clearTimeout(timer);
    timer = setTimeout(() => (said.textContent = shown.textContent), PAUSE_BEFORE_SAYING_MS); // never while one types
  });
  reset.addEventListener("click", () => {
    reply.value = ours;
    reply.dispatchEvent(new Event("input"));
    reply.focus();
  });
}

countReply();
copyOnce().catch(() => {}); // not allowed here: the button copies
startKeys();
