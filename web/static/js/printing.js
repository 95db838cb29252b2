import {} from "./page.js";
// The button that prints is there only where a script can press it.
export function offerPrint() {
  const button = document.getElementById("print");
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
