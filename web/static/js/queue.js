import {} from "./page.js";
import { poll, mark } from "./poll.js";
import { startKeys } from "./keys.js";
import { startClocks } from "./since.js";
// The queue follows what happens: it asks for a tag every few seconds, and for the rows when it changed.
const ANNOUNCE_MS = 60000;
const arrivedNews = document.getElementById("arrived");
const queueTitle = document.title.replace(/^\(\d+\+?\) /, "");
let known = rowsShown();
let arrivedCount = 0;
let announcedAt = -Infinity;
let announceTimer = 0;

function rowsShown() {
  return new Set([...document.querySelectorAll("#rows [data-row]")].map((row) => row.id));
}

async function refreshQueue() {
  const answer = await fetch(location.href, { headers: { "X-Fragment": "1", "X-Poll": "1" } });
  if (!answer.ok || answer.headers.get("X-Fragment") !== "queue") return;
  const held = document.createElement("template");
  held.innerHTML = await answer.text();
  const focused = document.activeElement?.id;
  const open = new Set([...document.querySelectorAll("#rows details[open]")].map(rowOf));
  for (const id of ["cards", "rows"]) document.getElementById(id).replaceWith(held.content.getElementById(id));
  for (const details of document.querySelectorAll("#rows details")) details.open = open.has(rowOf(details));
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus();
  const cards = document.getElementById("cards").dataset;
  mark(queueTitle, Number(cards.new), Number(cards.late) > 0);
  const shown = rowsShown();
  for (const id of shown) if (!known.has(id)) arrivedCount += 1;
  known = new Set([...known, ...shown]);
  announce();
}

function rowOf(details) {
  return details.closest("li")?.querySelector("[data-row]")?.id;
}

// At most once a minute: whoever listens wants to work, too.
function announce() {
  clearTimeout(announceTimer);
  if (arrivedCount === 0) return;
  const wait = announcedAt + ANNOUNCE_MS - performance.now();
  if (wait > 0) {
    announceTimer = setTimeout(announce, wait);
    return;
  }
  const { one, many } = arrivedNews.dataset;
  arrivedNews.textContent = arrivedCount === 1 ? one : many.replace("2", arrivedCount);
  arrivedCount = 0;
  announcedAt = performance.now();
}

function showChecked() {
  const checked = document.getElementById("checked");
  if (!checked) return;
  const lang = document.documentElement.lang;
  checked.textContent = new Date().toLocaleTimeString(lang, { hour: "numeric", minute: "2-digit" });
}

if (!new URLSearchParams(location.search).has("at")) {
  poll(`/queue/news${location.search}`, {
    tag: `"${document.getElementById("cards").dataset.tag}"`,
    changed: () => refreshQueue().catch(() => {}),
    asked: showChecked,
  });
}
startClocks();
startKeys();
