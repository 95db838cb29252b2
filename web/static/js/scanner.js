import { fromScan, isSearch, regrouped, withoutLeftover } from "./codes.js";
import { paceOfKeys } from "./pace.js";
// The counter's input. A scanner is a keyboard that types fast and ends with Enter or Tab; whatever
// has the focus, its text must land whole in the code field, and its Enter must press no button.
const SAME_MS = 2500; // the same code again is the scanner's second Enter
const SCAN_KEYS = 8;

const isEditable = (element) =>
  element instanceof HTMLElement &&
  (element.isContentEditable ||
    element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=hidden], [type=button], [type=file])"));

const isCovered = () => document.querySelector("dialog[open], [popover]:popover-open") !== null;

// Calls `given(text, source)` for what is typed or scanned; a second Enter of the same is left out.
export function listenForCodes(form, field, given) {
  const pace = paceOfKeys(SCAN_KEYS);
  let last = "";
  let lastAt = -Infinity;
  let leftover = "";

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || isCovered()) return;
      const editable = isEditable(document.activeElement);
      if (event.key.length === 1 && event.key !== " ") {
        if (!editable) {
          field.value = "";
          field.focus(); // the same key then types into it
        }
        pace.key(field.value === "" || !pace.isQuiet());
      } else if ((event.key === "Enter" || event.key === " ") && !editable) {
        if (pace.isQuiet()) event.preventDefault();
      } else if (event.key === "Tab" && document.activeElement === field && pace.isQuiet() && pace.isScan()) {
        event.preventDefault();
        form.requestSubmit();
      }
    },
    true,
  );

  // The click that a key makes on a button comes with keyup for Space.
  document.addEventListener(
    "keyup",
    (event) => {
      if (event.key === " " && !isEditable(document.activeElement) && pace.isQuiet()) event.preventDefault();
    },
    true,
  );

  field.addEventListener("input", (event) => {
    if (event.isComposing || pace.isScan()) return;
    const { value, caret } = regrouped(field.value, field.selectionStart);
    if (value === field.value) return;
    field.value = value;
    field.setSelectionRange(caret, caret);
  });

  form.addEventListener(
    "submit",
    (event) => {
      event.preventDefault();
      event.stopPropagation();
      const text = fromScan(withoutLeftover(field.value, leftover).trim());
      const source = pace.isScan() ? "scan" : "typed";
      field.value = "";
      leftover = "";
      pace.forget();
      if (text === "") return;
      const now = performance.now();
      if (text === last && now - lastAt < SAME_MS) return;
      last = text;
      lastAt = now;
      given(text, source);
    },
    true,
  );

  return {
    // The same code may be tried again at once.
    forget() {
      last = "";
    },
    // What has to be corrected stands in the field, the caret behind it.
    putBack(text) {
      leftover = isSearch(text) ? "" : text;
      last = "";
      field.value = text;
      field.focus();
      field.setSelectionRange(text.length, text.length);
    },
    empty() {
      leftover = "";
      field.value = "";
      field.focus();
    },
    // Somebody types, or a scan is under way: whatever arrives now must not take the focus.
    isBusy: () => document.activeElement === field && field.value !== leftover,
    isElsewhere: () => isEditable(document.activeElement) && document.activeElement !== field,
    isCovered,
  };
}
