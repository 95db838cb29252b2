import {} from "./page.js";
// Copy buttons. Without this module the texts are there to be selected.
const news = document.getElementById("copied");

for (const button of document.querySelectorAll("[data-copy]")) {
  const label = button.textContent;
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = button.dataset.done;
      news.textContent = button.dataset.done;
      setTimeout(() => {
        button.textContent = label;
        news.textContent = "";
      }, 2000);
    } catch {
      field.focus();
      field.select();
    }
  });
}
