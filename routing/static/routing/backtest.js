/* A running backtest is looked at again until it is over. */
(function () {
  "use strict";

  const EVERY = 1500;
  const box = document.querySelector("[data-backtest]");
  if (!box) return;

  const over = () => box.querySelector("[data-over]").dataset.over === "1";

  async function look() {
    try {
      const answer = await fetch(box.dataset.backtest);
      if (answer.ok && !answer.redirected) box.innerHTML = await answer.text();
    } catch {
      // Away for a moment: look again later.
    }
    if (!over()) setTimeout(look, EVERY);
  }

  if (!over()) setTimeout(look, EVERY);
})();
