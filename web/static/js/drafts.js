// What was typed into the promise form, kept in this window alone: it survives a lost connection and a
// reload, and goes when the promise is made or the person signs out (page.js).
const DRAFT_NOT_KEPT = new Set(["csrf_token", "key", "replaces", "near", "second_fact_value"]);

export function startDraft(form) {
  const key = `draft:${form.getAttribute("action")}`;
  const bar = document.getElementById("draft");
  const said = document.getElementById("draft-words").dataset;
  const fresh = valuesOf(form);
  document.getElementById("draft-hint").hidden = false;
  let dirty = false;

  const say = (text) => {
    bar.querySelector("span").textContent = text;
    bar.hidden = text === "";
  };
  const forget = () => tryTo(() => sessionStorage.removeItem(key));
  const keep = () => {
    dirty = valuesOf(form) !== fresh;
    if (dirty) tryTo(() => sessionStorage.setItem(key, valuesOf(form)));
    else forget();
  };

  const kept = tryTo(() => sessionStorage.getItem(key));
  if (kept && kept !== fresh && !document.querySelector(".problems")) {
    fill(form, JSON.parse(kept));
    dirty = true;
    say(said.back);
  }
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  form.addEventListener("submit", (event) => {
    if (navigator.onLine) {
      dirty = false;
      forget();
      tryTo(() => sessionStorage.setItem("copy-next", "1"));
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    keep();
    say(said.offline);
    bar.scrollIntoView({ block: "nearest" });
  });
  addEventListener("offline", () => say(said.offline));
  addEventListener("online", () => say(said.online));
  return { isDirty: () => dirty, forget };
}

function tryTo(deed) {
  try {
    return deed();
  } catch {
    return null; // a browser that keeps nothing
  }
}

function valuesOf(form) {
  return JSON.stringify([...new FormData(form)].filter(([name]) => !DRAFT_NOT_KEPT.has(name)));
}

function fill(form, values) {
  for (const box of form.querySelectorAll("[type=checkbox], [type=radio]")) box.checked = false;
  for (const [name, value] of values) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (field.type === "checkbox" || field.type === "radio") field.checked ||= field.value === value;
      else field.value = value;
    }
  }
}
