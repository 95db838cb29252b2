// The store picker: a combobox (WAI-ARIA 1.2) whose list follows what is typed. Without this module
// a button asks for the list, and radio buttons choose.
const STORE_WAIT_MS = 150;

export function startStores(form) {
  const field = form.elements.store;
  if (!field) return;
  const combo = field.closest(".combo");
  const count = document.getElementById("store-count");
  const finder = field.closest(".finder").querySelector("button");
  const list = document.createElement("ul");
  let timer = 0;
  let newest = 0;
  let active = -1;

  list.id = "store-list";
  list.className = "store-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.dataset.list);
  list.hidden = true;
  combo.append(list);
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": list.id,
  })) {
    field.setAttribute(name, value);
  }
  finder.hidden = true;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const open = (wanted) => {
    list.hidden = !wanted;
    field.setAttribute("aria-expanded", String(wanted));
    if (!wanted) activate(-1);
  };

  function activate(at) {
    active = at;
    const all = options();
    all.forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    if (all[at]) {
      field.setAttribute("aria-activedescendant", all[at].id);
      all[at].scrollIntoView({ block: "nearest" });
    } else {
      field.removeAttribute("aria-activedescendant");
    }
  }

  // The number goes into the form; the text says that it still stands for this number.
  function choose(option) {
    if (!option || option.getAttribute("aria-disabled") === "true") return;
    field.value = option.dataset.name;
    form.elements.store_shown.value = option.dataset.name;
    const held = document.createElement("input");
    Object.assign(held, { type: "hidden", name: "store_number", value: option.dataset.number });
    document.getElementById("stores").replaceChildren(held);
    open(false);
    form.dispatchEvent(new Event("input"));
  }

  async function find() {
    const asked = ++newest;
    const query = new URLSearchParams({ q: field.value });
    if (form.elements.near) query.set("near", form.elements.near.value);
    for (const wish of ["open", "spanish"]) if (form.elements[wish].checked) query.set(wish, "yes");
    const answer = await fetch(`/stores?${query}`, { headers: { "X-Fragment": "1" } });
    if (!answer.ok || asked !== newest) return;
    list.innerHTML = await answer.text();
    const found = options().length;
    count.textContent = found === 1 ? field.dataset.countOne : field.dataset.countMany.replace("2", found);
    open(list.children.length > 0 && document.activeElement === field);
    activate(options().findIndex((option) => option.getAttribute("aria-disabled") !== "true"));
  }

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => find().catch(() => {}), STORE_WAIT_MS);
  };
  field.addEventListener("input", later);
  for (const wish of ["open", "spanish"]) {
    form.elements[wish].addEventListener("change", () => {
      field.focus();
      later();
    });
  }
  field.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = options().length - 1;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) later();
      else if (event.key === "ArrowDown") activate(active >= last ? 0 : active + 1);
      else activate(active <= 0 ? last : active - 1);
    } else if (event.key === "Enter" && !list.hidden) {
      event.preventDefault();
      choose(options()[active]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      open(false);
    } else if (event.key === "Tab" && !list.hidden && active >= 0) {
      choose(options()[active]);
    }
  });
  field.addEventListener("focus", () => field.select());
  field.addEventListener("blur", () => open(false));
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => choose(event.target.closest("[role=option]")));

  const places = form.querySelectorAll("[data-scope]");
  const showPlace = () => {
    const chosen = form.querySelector("input[name=scope]:checked");
    for (const place of places) place.hidden = place.dataset.scope !== chosen?.value;
  };
  for (const radio of form.querySelectorAll("input[name=scope]")) radio.addEventListener("change", showPlace);
  showPlace();
}
