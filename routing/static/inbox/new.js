// A new conversation: the customer found while typing, and a draft that survives a reload.
"use strict";
(() => {
  const form = document.getElementById("ib-new");
  if (!form) return;
  const words = document.getElementById("ib-words");

  /* Whom it is for -------------------------------------------------------------------------------------------------------- */

  const field = () => document.getElementById("ib-to");
  const list = () => document.getElementById("ib-found");
  const options = () => Array.from(list().querySelectorAll("[data-contact]"));
  let asking = 0;
  let asked = 0;

  const close = () => {
    const [box, found] = [field(), list()];
    if (!box || !found) return; // it is being replaced
    found.hidden = true;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };

  const find = async () => {
    const box = field();
    const text = box.value.trim();
    const serial = ++asked;
    const state = words.querySelector("[data-found-state]");
    if (text.length < 2) { close(); state.textContent = ""; return; }
    const query = new URLSearchParams({ channel: form.elements.channel.value, q: text });
    let found;
    try {
      const answer = await fetch(`${form.dataset.recipients}?${query}`, { credentials: "same-origin" });
      if (!answer.ok) return;
      found = await answer.text();
    } catch { return; }
    if (serial !== asked || !box.isConnected || document.activeElement !== box) return;
    list().innerHTML = found; // escaped by our own template
    const many = list().children.length;
    list().hidden = many === 0;
    box.setAttribute("aria-expanded", String(many > 0));
    box.removeAttribute("aria-activedescendant");
    state.textContent = many === 0 ? form.dataset.nobody : form.dataset.found.replace("%s", many);
  };

  const point = (step) => {
    const all = options();
    if (!all.length) return;
    const now = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
    const next = now < 0 ? (step > 0 ? 0 : all.length - 1) : (now + step + all.length) % all.length;
    all.forEach((one, index) => one.setAttribute("aria-selected", String(index === next)));
    all[next].scrollIntoView({ block: "nearest" });
    field().setAttribute("aria-activedescendant", all[next].id);
  };

  // The words of a template name the customer, so what is below is made anew for whoever is chosen.
  const choose = async (contact) => {
    const given = new FormData(form);
    given.delete("csrfmiddlewaretoken");
    given.delete("file");
    given.delete("contact");
    if (contact) { given.set("contact", contact); given.delete("address"); given.delete("name"); }
    const query = new URLSearchParams(Array.from(given).filter(([, value]) => typeof value === "string"));
    await window.htmx.ajax("GET", `${window.location.pathname}?${query}`, { target: "#ib-words" });
    changed();
    const next = contact ? words.querySelector("[name=subject], [name=body]") : field();
    if (next) next.focus();
  };

  words.addEventListener("input", (event) => {
    if (event.target !== field()) return;
    window.clearTimeout(asking);
    asking = window.setTimeout(find, 250);
  });
  words.addEventListener("keydown", (event) => {
    if (event.target !== field() || list().hidden) return;
    if (event.key === "ArrowDown") { event.preventDefault(); point(1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); point(-1); }
    else if (event.key === "Escape") { event.preventDefault(); close(); }
    else if (event.key === "Enter") {
      const chosen = list().querySelector("[aria-selected=true]");
      event.preventDefault();
      if (chosen) choose(chosen.dataset.contact);
    }
  });
  words.addEventListener("mousedown", (event) => { if (event.target.closest("#ib-found")) event.preventDefault(); }); // keep the focus
  words.addEventListener("click", (event) => {
    const option = event.target.closest("[data-contact]");
    if (option) choose(option.dataset.contact);
    else if (event.target.closest("[data-other-recipient]")) choose("");
  });
  words.addEventListener("focusout", (event) => { if (event.target === field()) close(); });
  if (field() && document.activeElement === field()) find(); // typed before this was here

  /* The draft ----------------------------------------------------------------------------------------------------------------- */

  const state = form.querySelector("[data-draft-state]");
  let timer = 0;
  let dirty = false;
  let sent = false;
  let saving = Promise.resolve();

  const changed = () => {
    dirty = true;
    window.clearTimeout(timer);
    timer = window.setTimeout(save, 900);
  };

  // Files go with the first save, and stand in the form by their names from then on.
  const save = () => {
    window.clearTimeout(timer);
    if (!dirty || sent) return;
    dirty = false;
    const picked = form.querySelector("input[type=file]");
    const data = new FormData(form);
    const many = picked ? picked.files.length : 0;
    saving = saving.then(async () => {
      try {
        const answer = await fetch(form.dataset.draft, { method: "POST", body: data, credentials: "same-origin" });
        const facts = await answer.json();
        if (!answer.ok) throw new Error(facts.problem);
        facts.files.forEach(keep);
        if (many && picked.files.length === many) picked.value = "";
        state.textContent = form.dataset.saved.replace("%s", facts.saved);
      } catch (problem) {
        state.textContent = problem.message && many ? problem.message : form.dataset.unsaved;
      }
    });
  };

  const keep = (file) => {
    const line = form.querySelector("template[data-kept-file]").content.cloneNode(true);
    line.querySelector("input").value = file.id;
    line.querySelector("[data-name]").textContent = file.name;
    form.querySelector("[data-kept-files]").append(line);
  };

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("click", (event) => {
    const drop = event.target.closest("[data-drop-file]");
    if (!drop) return;
    drop.closest("li").remove();
    changed();
  });
  // A draft that is still being saved would come back after the message has left: it is waited for.
  form.addEventListener("submit", (event) => {
    window.clearTimeout(timer);
    if (sent) return;
    event.preventDefault();
    sent = true;
    saving.finally(() => form.requestSubmit());
  });
  window.addEventListener("pageshow", () => { sent = false; });
  window.addEventListener("pagehide", () => {
    if (!dirty || sent) return;
    const data = new FormData(form);
    data.delete("file");
    navigator.sendBeacon(form.dataset.draft, data);
    dirty = false;
  });
})();
