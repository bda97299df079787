/* The simulator answers while one types; without this file its form works by its button. */
(function () {
  "use strict";

  const PAUSE = 450;
  const box = document.querySelector("[data-simulator]");
  if (!box) return;
  const form = box.querySelector("form");
  const result = box.querySelector("[data-result]");
  let timer = 0;
  let running = null;

  async function ask(part) {
    if (running) running.abort();
    running = new AbortController();
    const fields = new FormData(form);
    fields.append("part", part);
    const answer = await fetch(location.href, { method: "POST", body: fields, signal: running.signal });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.text();
  }

  async function simulate() {
    clearTimeout(timer);
    result.setAttribute("aria-busy", "true");
    try {
      result.innerHTML = await ask("result");
    } catch (error) {
      if (error.name === "AbortError") return;
      const message = document.createElement("div");
      message.className = "cc-banner cc-banner--bad";
      message.setAttribute("role", "alert");
      message.textContent = form.dataset.failed;
      result.replaceChildren(message);
    }
    result.removeAttribute("aria-busy");
  }

  async function changeBrand() {
    try {
      const open = Boolean(form.querySelector("details.cc-panel[open]"));
      form.querySelector("[data-form]").innerHTML = await ask("form");
      const draft = form.querySelector("details.cc-panel");
      if (open && draft) draft.open = true;
      form.querySelector("[name=brand]").focus();
      later();
    } catch (error) {
      if (error.name !== "AbortError") form.submit();
    }
  }

  function later() {
    clearTimeout(timer);
    if (form.elements.body.value.trim() || form.elements.subject.value.trim()) timer = setTimeout(simulate, PAUSE);
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); simulate(); });
  form.addEventListener("input", later);
  form.addEventListener("change", (event) => {
    if (event.target.name === "brand") changeBrand(); else later();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form.contains(event.target)) {
      event.preventDefault();
      simulate();
    }
  });
  if (!result.querySelector(".cc-why__sentence")) form.elements.body.focus();
})();
