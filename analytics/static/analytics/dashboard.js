// Fetches the figures again every minute while the page is looked at, and at once when a choice changes.
(() => {
  "use strict";
  const root = document.querySelector("[data-dashboard]");
  if (!root) return;
  const controls = root.querySelector("[data-controls]");
  const figures = root.querySelector("[data-figures]");
  const range = root.querySelector("[data-range]");
  const own = root.querySelector("[data-own]");
  const first = root.querySelector("[data-first]");
  const last = root.querySelector("[data-last]");
  let running = null;

  const query = () => {
    const chosen = new URLSearchParams();
    const entity = controls.elements.entity;
    if (entity && entity.value) chosen.set("entity", entity.value);
    chosen.set("range", range.value === "own" ? `${first.value}..${last.value}` : range.value);
    return chosen;
  };

  const refresh = async () => {
    if (running) running.abort();
    running = new AbortController();
    figures.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`${root.dataset.source}?${query()}`, {
        signal: running.signal, credentials: "same-origin", redirect: "manual",
      });
      if (!answer.ok) return;
      const left = [...figures.querySelectorAll(".an-scroll")].map((box) => box.scrollLeft);
      figures.innerHTML = await answer.text();
      figures.querySelectorAll(".an-scroll").forEach((box, index) => { box.scrollLeft = left[index] || 0; });
    } catch (error) {
      if (error.name !== "AbortError" && error.name !== "TypeError") throw error;
    } finally {
      figures.removeAttribute("aria-busy");
    }
  };

  // What stands out changes slowly: once for each choice.
  const findings = root.querySelector("[data-findings]");
  const stand = async () => {
    const asked = `${query()}`;
    const answer = await fetch(`${findings.dataset.source}?${asked}`, { credentials: "same-origin", redirect: "manual" });
    if (answer.ok && asked === `${query()}`) findings.innerHTML = await answer.text();
  };
  const quietly = (error) => { if (error.name !== "TypeError") throw error; };
  stand().catch(quietly);

  controls.addEventListener("change", () => {
    own.hidden = range.value !== "own";
    history.replaceState(null, "", `?${query()}`);
    refresh();
    stand().catch(quietly);
  });
  controls.addEventListener("submit", (event) => event.preventDefault());
  root.querySelector("[data-print]").addEventListener("click", () => window.print());
  setInterval(() => { if (!document.hidden) refresh(); }, Number(root.dataset.seconds) * 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
})();
