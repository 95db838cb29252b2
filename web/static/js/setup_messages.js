import {} from "./page.js";
// The whole texts follow the sentences while somebody types. Without this module a press shows them.
const PAUSE_MS = 400;
const sentences = document.getElementById("sentences");
const texts = document.getElementById("texts");
const textsNews = document.getElementById("texts-news");
let pauseTimer = 0;
let newestAsked = 0;

async function showTexts() {
  const asked = ++newestAsked;
  const answer = await fetch(sentences.dataset.preview, {
    method: "POST",
    body: new URLSearchParams(new FormData(sentences)),
    headers: { "X-Fragment": "1" },
  });
  if (!answer.ok || asked !== newestAsked) return;
  texts.innerHTML = await answer.text();
  const over = texts.querySelector(".length-over, .problem");
  textsNews.textContent = over ? over.textContent.trim() : "";
}

sentences?.addEventListener("input", () => {
  clearTimeout(pauseTimer);
  pauseTimer = setTimeout(() => showTexts().catch(() => {}), PAUSE_MS);
});
