import {} from "./page.js";
// The whole texts follow the sentences while somebody types. Without this module a press shows them.
const TYPING_PAUSE_MS = 400;
const sentences = document.getElementById("sentences");
const texts = document.getElementById("texts");
const textsNews = document.getElementById("texts-news");
let typingTimer = 0;
let newestTexts = 0;

async function showTexts() {
  const asked = ++newestTexts;
  const answer = await fetch(sentences.dataset.preview, {
    method: "POST",
    body: new URLSearchParams(new FormData(sentences)),
    headers: { "X-Fragment": "1" },
  });
  if (!answer.ok || asked !== newestTexts) return;
  texts.innerHTML = await answer.text();
  const over = texts.querySelector(".length-over, .problem");
  textsNews.textContent = over ? over.textContent.trim() : "";
}

sentences?.addEventListener("input", () => {
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => showTexts().catch(() => {}), TYPING_PAUSE_MS);
});
