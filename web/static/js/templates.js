// A promise template fills what is empty or what the template before it filled; and above the
// agent's own limit the button says who is asked instead.
const TEMPLATE_FIELDS = { l1_item: "item", l1_conditions: "conditions", note_for_store: "note", l1_amount: "amount" };

export function startTemplates(form) {
  const picker = form.elements.template;
  const make = document.getElementById("make");
  const hint = document.getElementById("over-hint");
  const makeLabel = make.textContent;
  const rights = JSON.parse(form.dataset.rights);
  const filledIn = {};

  function fillFrom(option) {
    for (const [name, key] of Object.entries(TEMPLATE_FIELDS)) {
      const field = form.elements[name];
      // An item that is only a variable is for the agent to write.
      const text = (option.dataset[key] ?? "").replace(/^\{[a-z0-9_]+\}$/, "");
      if (field.value === "" || field.value === filledIn[name]) {
        field.value = text;
        filledIn[name] = text;
      }
    }
    form.elements.template_filled.value = option.dataset.level ? option.value : "";
  }

  function minorUnits(text) {
    const match = text.trim().match(/^(\d{1,8})(?:[.,](\d+))?$/);
    return match ? Number(match[1]) * 10 ** rights.places + Number((match[2] ?? "").padEnd(rights.places, "0").slice(0, rights.places)) : 0;
  }

  function nameApprover() {
    const level = form.elements.l1_level.value || picker.selectedOptions[0]?.dataset.level || "authorise";
    const amount = minorUnits(form.elements.l1_amount.value);
    const most = level in rights.own ? rights.own[level] : 0;
    const over = most !== null && amount > most;
    const able = (rights.approvers[level] ?? []).find(([, limit]) => limit === null || limit >= amount);
    make.textContent = over && able ? form.dataset.ask.replace("{name}", able[0]) : makeLabel;
    const said = over && able ? hint.dataset.text.replace("{name}", able[0]) : "";
    if (hint.textContent !== said) hint.textContent = said;
  }

  picker.addEventListener("change", () => {
    fillFrom(picker.selectedOptions[0]);
    nameApprover();
  });
  for (const name of ["l1_amount", "l1_level"]) form.elements[name].addEventListener("input", nameApprover);
  nameApprover();
}
