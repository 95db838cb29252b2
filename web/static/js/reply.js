import { measureText } from "./lengths.js";
// The answer to the customer is counted while one types, by the rule of the way that is chosen.
export function startReply(replyForm) {
  const words = document.getElementById("reply_text");
  const shownCount = document.getElementById("reply-count");

  function countAnswer() {
    const way = replyForm.querySelector("input[name=reply_how]:checked");
    shownCount.hidden = !way;
    if (!way) return;
    const { count, limit, over } = measureText(words.value, JSON.parse(way.dataset.rules));
    shownCount.textContent = (over ? shownCount.dataset.over : shownCount.dataset.fits)
      .replace("{over}", over)
      .replace("{count}", count)
      .replace("{limit}", limit);
    shownCount.classList.toggle("over", over > 0);
  }

  replyForm.addEventListener("input", countAnswer);
  replyForm.addEventListener("change", countAnswer);
  countAnswer();
}
