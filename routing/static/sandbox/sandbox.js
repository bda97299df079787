// Sends without a reload, and asks again and again what came back. Without it the page still works.
"use strict";
(() => {
  const form = document.getElementById("write");
  const chat = document.getElementById("chat");
  const happened = document.getElementById("happened");
  const problem = document.getElementById("problem");
  const text = document.getElementById("text");
  const address = document.getElementById("address");
  const SOON = 700;
  const LATER = 2500;
  const BUSY_FOR = 20000;
  let lastSent = 0;
  let timer = 0;
  let shown = "";

  document.documentElement.classList.add("scripted");
  chat.scrollTop = chat.scrollHeight;

  const tell = (words) => {
    problem.textContent = words;
    problem.hidden = !words;
  };

  const replace = (target, fresh) => {
    if (!fresh || target.innerHTML.trim() === fresh.innerHTML.trim()) return false;
    target.replaceChildren(fresh.content.cloneNode(true));
    return true;
  };

  const look = async () => {
    window.clearTimeout(timer);
    const query = new URLSearchParams({ channel: form.elements.channel.value, address: address.value });
    try {
      const response = await fetch(`${chat.dataset.url}?${query}`, { credentials: "same-origin" });
      const answer = response.ok ? await response.text() : shown;
      if (answer !== shown) {
        shown = answer;
        const parts = new DOMParser().parseFromString(answer, "text/html");
        if (replace(chat, parts.getElementById("live-chat"))) chat.scrollTop = chat.scrollHeight;
        replace(happened, parts.getElementById("live-happened"));
      }
    } catch {
      // The server restarts now and then; the next look finds it again.
    }
    timer = window.setTimeout(look, Date.now() - lastSent < BUSY_FOR ? SOON : LATER);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    tell("");
    try {
      const response = await fetch(form.action, {
        method: "POST",
        body: new FormData(form, event.submitter),
        headers: { Accept: "application/json" },
        credentials: "same-origin",
      });
      const answer = await response.json();
      tell(answer.problem);
      if (!answer.problem) {
        address.value = answer.address;
        if (form.elements.text) form.elements.text.value = "";
        if (form.elements.subject) form.elements.subject.value = "";
      }
    } catch (error) {
      tell(String(error));
    }
    button.disabled = false;
    lastSent = Date.now();
    text.focus();
    look();
  });

  document.getElementById("channel").addEventListener("change", (event) => event.target.form.submit());
  address.addEventListener("change", look);

  if (form.elements.text) {
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    for (const chip of document.querySelectorAll(".chip")) {
      chip.addEventListener("click", () => {
        text.value = chip.dataset.text;
        if (form.elements.subject) form.elements.subject.value = chip.dataset.subject;
        text.focus();
      });
    }
  }

  timer = window.setTimeout(look, LATER);
})();
