import {} from "./page.js";
import {} from "./lock.js";
import { poll, mark } from "./poll.js";
import { listenForCodes } from "./scanner.js";
// The inbox follows what colleagues and agents do, and acknowledges without leaving the page.
// Without this module the form is sent, and the page tells how things stood when it was opened.
const inbox = document.getElementById("inbox");
const inboxSaid = document.getElementById("inbox-said");
const inboxPart = (name) => inbox.querySelector(name);

function listIn(html) {
  const box = document.createElement("template");
  box.innerHTML = html;
  return box.content.getElementById("inbox-list");
}

// Takes over only what differs, so that nobody loses the button under their finger.
function follow(fresh, quiet) {
  const old = document.getElementById("inbox-list");
  if (!old) return; // the lock took it out of the window
  const before = new Map([...old.querySelectorAll(".expected")].map((row) => [row.id, row]));
  const focused = document.activeElement?.closest?.(".expected")?.id;
  const sentences = [];
  for (const row of fresh.querySelectorAll(".expected")) {
    const known = before.get(row.id);
    before.delete(row.id);
    if (known && known.dataset.state === row.dataset.state) {
      known.className = row.className;
      known.querySelector(".due").replaceWith(row.querySelector(".due"));
      row.replaceWith(known);
    } else {
      sentences.push(row.dataset.said);
    }
  }
  for (const row of before.values()) {
    sentences.push(inbox.dataset.gone.replace("%s", row.dataset.said.split(":")[0]));
  }
  old.replaceWith(fresh);
  if (focused) {
    const again = document.getElementById(focused);
    (again?.querySelector("button") ?? again?.querySelector("a") ?? document.getElementById("main")).focus({
      preventScroll: true,
    });
  }
  mark(inbox.dataset.title, Number(fresh.dataset.waiting), fresh.dataset.flagged !== "");
  if (!quiet && sentences.length > 0) {
    inboxSaid.textContent = sentences.length > 3 ? fresh.dataset.said : `${sentences.join(". ")}.`;
  }
}

async function fetchList() {
  const answer = await fetch(inbox.dataset.list, { headers: { "X-Fragment": "1", "X-Poll": "1" } });
  if (answer.ok && answer.headers.get("X-Fragment") === "inbox") follow(listIn(await answer.text()), false);
}

const asked = poll(inbox.dataset.news, {
  tag: `"${inboxPart("#inbox-list").dataset.tag}"`,
  changed: () => fetchList().catch(() => {}),
  lost: () => document.dispatchEvent(new CustomEvent("bridge:lock")),
});

// A scan goes to the counter, which answers with the verdict.
const checkForm = document.getElementById("check");
const checkField = document.getElementById("code");
listenForCodes(checkForm, checkField, (text, source) => {
  checkField.value = text;
  checkForm.elements.source.value = source;
  checkForm.submit();
});

inbox.addEventListener("submit", async (event) => {
  if (event.defaultPrevented) return;
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button");
  const row = form.closest(".expected");
  button.setAttribute("aria-disabled", "true");
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { "X-Fragment": "1" },
      signal: AbortSignal.timeout(10000),
    });
    if (answer.status === 401) {
      document.dispatchEvent(new CustomEvent("bridge:lock"));
    } else if (answer.headers.get("X-Fragment") === "inbox") {
      const fresh = listIn(await answer.text());
      const problem = fresh.querySelector(".inbox-problem")?.textContent.trim();
      follow(fresh, true);
      asked.seen(`"${fresh.dataset.tag}"`);
      inboxSaid.textContent = problem ?? inbox.dataset.done;
      const again = document.getElementById(row.id);
      (again?.querySelector("a") ?? document.getElementById("main")).focus({ preventScroll: true });
    } else {
      throw new Error("no list");
    }
  } catch {
    inboxSaid.textContent = inbox.dataset.failed;
  } finally {
    button.removeAttribute("aria-disabled");
  }
});
