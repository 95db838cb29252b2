import { sayLength } from "./lengths.js";
// The answer to the customer is counted while one types, by the rule of the way that is chosen.
export function startReply(replyForm) {
  const words = document.getElementById("reply_text");
  const shownCount = document.getElementById("reply-count");

  function countAnswer() {
    const way = replyForm.querySelector("input[name=reply_how]:checked");
    shownCount.hidden = !way;
    if (!way) return;
    sayLength(shownCount, words.value, JSON.parse(way.dataset.rules), way.dataset.network);
  }

  replyForm.addEventListener("input", countAnswer);
  replyForm.addEventListener("change", countAnswer);
  countAnswer();
}
