import {} from "./page.js";
// The store picker: the list follows what is typed. Without this module a button asks for it.
const WAIT_MS = 200;
const field = document.getElementById("store");
const list = document.getElementById("stores");
const places = document.querySelectorAll("[data-scope]");
let timer = 0;
let newest = 0;

async function find() {
  const asked = ++newest;
  const answer = await fetch(`/stores?q=${encodeURIComponent(field.value)}`, { headers: { "X-Fragment": "1" } });
  if (answer.ok && asked === newest) list.innerHTML = await answer.text();
}

function showPlace() {
  const chosen = document.querySelector("input[name=scope]:checked");
  for (const place of places) place.hidden = place.dataset.scope !== chosen?.value;
}

if (field) {
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => find().catch(() => {}), WAIT_MS);
  });
  for (const radio of document.querySelectorAll("input[name=scope]")) radio.addEventListener("change", showPlace);
  showPlace();
}
