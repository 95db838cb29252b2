import {} from "./page.js";
// The counter's input. A scanner is a keyboard that types fast and ends with Enter; whatever has
// the focus, its text must land whole in the code field, and its Enter must press no button.
// Without this module the form is sent and answered as a page.
const QUIET_MS = 500; // after a printable key, Enter and Space press nothing
const SAME_MS = 2500; // the same code again is the scanner's second Enter
const SLOW_MS = 300;
const SETTLE_MS = 300; // a panel that has just appeared takes no press
const LIMIT_MS = 10000;
const SCAN_MS = 50; // an average below this per key is no person

const form = document.getElementById("check");
const field = document.getElementById("code");
const answer = document.getElementById("answer");
const news = document.getElementById("news");
const baseTitle = document.title;

let lastPrintableAt = -Infinity;
let firstKeyAt = 0;
let keys = 0;
let lastCode = "";
let lastCodeAt = -Infinity;
let shownAt = -Infinity;
let running = null;

const isEditable = (element) =>
  element instanceof HTMLElement &&
  (element.isContentEditable ||
    element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=hidden], [type=button])"));

document.addEventListener(
  "keydown",
  (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const editable = isEditable(document.activeElement);
    if (event.key.length === 1 && event.key !== " ") {
      const now = performance.now();
      if (!editable) {
        field.value = "";
        field.focus(); // the same key then types into it
      }
      if (field.value === "" || now - lastPrintableAt > QUIET_MS) {
        firstKeyAt = now;
        keys = 0;
      }
      keys += 1;
      lastPrintableAt = now;
    } else if ((event.key === "Enter" || event.key === " ") && !editable) {
      if (performance.now() - lastPrintableAt < QUIET_MS) event.preventDefault();
    } else if (event.key === "Escape") {
      clear();
    }
  },
  true,
);

// The click that a key makes on a button comes with keyup for Space.
document.addEventListener(
  "keyup",
  (event) => {
    if (event.key === " " && !isEditable(document.activeElement) && performance.now() - lastPrintableAt < QUIET_MS) {
      event.preventDefault();
    }
  },
  true,
);

answer.addEventListener(
  "submit",
  (event) => {
    if (performance.now() - shownAt < SETTLE_MS) {
      event.preventDefault();
      event.stopPropagation();
    }
  },
  true,
);

form.addEventListener(
  "submit",
  (event) => {
    event.preventDefault();
    event.stopPropagation();
    const text = cleaned(field.value);
    const took = performance.now() - firstKeyAt;
    const source = keys >= 8 && took / keys < SCAN_MS ? "scan" : "typed";
    field.value = "";
    keys = 0;
    if (text === "") return;
    const now = performance.now();
    if (text === lastCode && now - lastCodeAt < SAME_MS) return;
    lastCode = text;
    lastCodeAt = now;
    check(text, source);
  },
  true,
);

function cleaned(text) {
  const tail = text.trim().split(/[/=]/).pop(); // the slip's QR holds an address that ends in the code
  return tail
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[\s._\p{Cf}\p{Pd}\u2212]/gu, "")
    .replaceAll("O", "0")
    .replace(/[IL]/g, "1");
}

async function check(text, source) {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  const slow = setTimeout(() => show(document.getElementById("slow").innerHTML, { focus: false }), SLOW_MS);
  const limit = setTimeout(() => mine.abort("late"), LIMIT_MS);
  try {
    const body = new FormData(form);
    body.set("code", text);
    body.set("source", source);
    const response = await fetch(form.action, {
      method: "POST",
      body,
      headers: { "X-Fragment": "1" },
      signal: mine.signal,
    });
    const html = await response.text();
    if (running !== mine) return;
    if (response.status === 401) location.assign("/sign-in?next=%2Fcounter");
    else if (response.headers.get("X-Fragment") === "answer") show(html, { focus: true });
    else cannot();
  } catch {
    if (running === mine) cannot();
  } finally {
    clearTimeout(slow);
    clearTimeout(limit);
  }
}

function cannot() {
  lastCode = ""; // the same code may be tried again at once
  show(document.getElementById("cannot").innerHTML, { focus: true });
}

function show(html, { focus }) {
  document.querySelector(".next-up")?.remove();
  answer.innerHTML = html;
  shownAt = performance.now();
  const heading = answer.querySelector("h2[tabindex]");
  if (!heading) return;
  document.title = `${heading.textContent} – ${baseTitle}`;
  if (focus) {
    heading.focus({ preventScroll: true });
    answer.scrollIntoView({ block: "nearest" });
  } else {
    news.textContent = heading.textContent;
  }
}

function clear() {
  running?.abort();
  running = null;
  answer.replaceChildren();
  news.textContent = "";
  document.title = baseTitle;
  field.value = "";
  field.focus();
}

// A page that came with an answer: its buttons rest for a moment too.
shownAt = performance.now();
