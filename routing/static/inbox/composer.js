// Writing: what the mode shows, templates, colleagues behind an @, files, and a draft that survives a reload.
"use strict";
(() => {
  const root = document.getElementById("ib");
  if (!root) return;
  const token = JSON.parse(root.getAttribute("hx-headers"))["X-CSRFToken"];
  const form = () => document.getElementById("ib-composer");
  const say = (text, more = {}) =>
    document.dispatchEvent(new CustomEvent("inbox:said", { detail: { text, ...more } }));
  const size = (bytes) => (bytes < 1048576 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 1048576).toFixed(1)} MB`);

  /* Reply or note ---------------------------------------------------------------------------------------------- */

  const mode = (box) => { const on = box.querySelector("[name=mode]:checked"); return on ? on.value : "note"; };

  const dress = (box) => {
    const note = mode(box) === "note";
    const text = box.querySelector("[data-text]");
    const chosen = box.querySelector("[data-template] option:checked");
    const approved = !note && Boolean(chosen && chosen.hasAttribute("data-approved"));
    const closed = !note && !box.dataset.free;
    box.classList.toggle("is-note", note);
    box.querySelectorAll("[data-reply-only]").forEach((one) => { one.hidden = note; });
    box.querySelectorAll("[data-note-only]").forEach((one) => { one.hidden = !note; });
    text.readOnly = approved || closed;
    text.placeholder = note ? text.dataset.placeholderNote : closed ? text.dataset.placeholderClosed : text.dataset.placeholderReply;
    showValues(box, approved ? chosen : null);
    count(box);
  };

  const count = (box, parts = null) => {
    const text = box.querySelector("[data-text]").value;
    const place = box.querySelector("[data-count]");
    if (!text || mode(box) === "note") { place.textContent = ""; return; }
    const words = box.dataset.characters.replace("%s", Array.from(text).length);
    if (parts) place.dataset.parts = parts === 1 ? box.dataset.part : box.dataset.parts.replace("%s", parts);
    place.textContent = [words, place.dataset.parts].filter(Boolean).join(" · ");
  };

  /* Templates ------------------------------------------------------------------------------------------------------ */

  const showValues = (box, option) => {
    const place = box.querySelector("[data-values]");
    if (!option) { place.hidden = true; place.replaceChildren(); delete place.dataset.of; return; }
    if (place.dataset.of === option.value) return;
    const before = new URLSearchParams(place.dataset.kept || "");
    place.dataset.of = option.value;
    place.replaceChildren(...JSON.parse(option.dataset.fields).map((field) => {
      const label = document.createElement("label");
      const name = document.createElement("span");
      const input = document.createElement("input");
      name.textContent = field.label;
      input.className = "ib-field";
      input.name = `value-${field.name}`;
      input.value = before.get(field.name) || field.value;
      label.append(name, input);
      return label;
    }));
    place.hidden = place.children.length === 0;
  };

  const choose = (box, option) => {
    const text = box.querySelector("[data-text]");
    const subject = box.querySelector("[name=subject]");
    if (option.hasAttribute("data-approved")) {
      text.value = option.dataset.body;
    } else if (option.value) {
      const at = text.selectionStart;
      const before = text.value.slice(0, at);
      const gap = before && !before.endsWith("\n") ? "\n" : "";
      text.setRangeText(gap + option.dataset.body, at, text.selectionEnd, "end");
      if (subject && option.dataset.subject && !subject.dataset.touched) subject.value = option.dataset.subject;
    } else if (text.readOnly) {
      text.value = "";
    }
    dress(box);
    text.focus();
    changed(box);
  };

  /* The draft ---------------------------------------------------------------------------------------------------------- */

  let timer = 0;
  let saving = null;
  let dirty = false;

  const changed = (box) => {
    dirty = true;
    window.clearTimeout(timer);
    timer = window.setTimeout(() => save(box), 900);
    count(box);
  };

  const save = async (box) => {
    window.clearTimeout(timer);
    if (!dirty || !box.isConnected) return;
    dirty = false;
    const state = box.querySelector("[data-draft-state]");
    saving = fetch(box.dataset.draft, { method: "POST", body: new FormData(box), credentials: "same-origin" });
    try {
      const answer = await saving;
      const facts = await answer.json();
      if (!answer.ok) throw new Error(facts.problem);
      const text = box.querySelector("[data-text]").value;
      state.textContent = text ? box.dataset.saved.replace("%s", facts.saved) : "";
      count(box, facts.parts);
      warn(box, facts.warnings);
    } catch {
      dirty = true;
      state.textContent = box.dataset.unsaved;
    }
    saving = null;
  };

  const keep = () => { // the page or the conversation is being left
    const box = form();
    window.clearTimeout(timer);
    if (box && dirty) { navigator.sendBeacon(box.dataset.draft, new FormData(box)); dirty = false; }
  };
  window.addEventListener("pagehide", keep);
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target && event.detail.target.id === "ib-pane" && event.detail.requestConfig.verb === "get" &&
        !event.detail.requestConfig.path.includes("part=live")) keep();
  });

  const warn = (box, warnings) => {
    const place = box.querySelector("[data-warnings]");
    place.hidden = warnings.length === 0;
    place.replaceChildren(...warnings.map((sentence) => {
      const line = document.createElement("p");
      line.textContent = sentence;
      return line;
    }));
  };

  /* Sending --------------------------------------------------------------------------------------------------------------- */

  // A draft that is still being saved would come back after the answer has left: it is waited for.
  document.addEventListener("submit", (event) => {
    const box = event.target;
    if (box.id !== "ib-composer") return;
    window.clearTimeout(timer);
    const until = box.querySelector("[name=until]");
    if (until && event.submitter && event.submitter.dataset.until) until.value = event.submitter.dataset.until;
    if (!saving) { dirty = false; return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    saving.catch(() => {}).then(() => { saving = null; box.requestSubmit(button); });
  }, true);

  let lastSent = null;
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.id === "ib-composer") {
      lastSent = event.detail.requestConfig.triggeringEvent ? event.detail.requestConfig.triggeringEvent.submitter : null;
      event.detail.elt.querySelectorAll("[type=submit]").forEach((one) => one.setAttribute("aria-busy", "true"));
    }
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.id === "ib-composer") {
      event.detail.elt.querySelectorAll("[type=submit]").forEach((one) => one.removeAttribute("aria-busy"));
    }
  });
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-send-anyway]");
    if (!button) return;
    const box = form();
    box.querySelector(`[name=${button.dataset.sendAnyway}]`).value = "1";
    button.closest("dialog").close();
    box.requestSubmit(lastSent && box.contains(lastSent) ? lastSent : box.querySelector("[data-send].cc-button--primary"));
  });
  root.addEventListener("click", (event) => {
    if (!event.target.closest("[data-refresh]")) return;
    const thread = root.querySelector("[data-thread-open]");
    window.htmx.ajax("GET", thread.dataset.live, { target: "#ib-pane", swap: "none" });
    const text = form().querySelector("[data-text]");
    window.setTimeout(() => text.focus(), 200);
  });

  document.addEventListener("inbox:changed", (event) => {
    const { undo, action } = event.detail;
    if (!undo || !undo.seconds) return;
    say(undo.text, {
      label: undo.label,
      seconds: undo.seconds,
      run: () => window.htmx.ajax("POST", undo.url, { source: "#ib", target: "#ib-pane", swap: "none" }),
    });
    if (action) dirty = false;
  });

  /* Files ------------------------------------------------------------------------------------------------------------------- */

  const upload = async (box, files) => {
    const list = box.querySelector("[data-uploads]");
    for (const file of files) {
      if (list.children.length >= Number(box.dataset.filesAtMost)) { say(box.dataset.tooMany, { kind: "bad" }); return; }
      if (file.size > Number(box.dataset.fileLimit)) { say(box.dataset.tooLarge.replace("%s", file.name), { kind: "bad" }); continue; }
      const item = document.createElement("li");
      item.className = "is-busy";
      item.textContent = file.name;
      list.append(item);
      const data = new FormData();
      data.set("csrfmiddlewaretoken", token);
      data.set("file", file);
      try {
        const answer = await fetch(box.dataset.upload, { method: "POST", body: data, credentials: "same-origin" });
        const facts = await answer.json();
        if (!answer.ok) throw new Error(facts.problem);
        item.className = "";
        item.replaceChildren(...chip(box, facts));
        changed(box);
      } catch (problem) {
        item.remove();
        say(problem.message, { kind: "bad" });
      }
    }
  };

  const chip = (box, facts) => {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = "attachment";
    input.value = facts.id;
    const bytes = document.createElement("small");
    bytes.textContent = ` ${size(facts.size)} `;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "cc-icon-button";
    remove.dataset.removeFile = `${box.dataset.upload}${facts.id}/remove/`;
    remove.setAttribute("aria-label", box.dataset.remove.replace("%s", facts.name));
    remove.textContent = "×";
    return [input, document.createTextNode(facts.name), bytes, remove];
  };

  root.addEventListener("dragover", (event) => {
    if (event.target.closest("#ib-composer") && form().querySelector("[data-files]")) event.preventDefault();
  });
  root.addEventListener("drop", (event) => {
    const box = event.target.closest("#ib-composer");
    if (!box || !box.querySelector("[data-files]") || !event.dataTransfer.files.length) return;
    event.preventDefault();
    upload(box, event.dataTransfer.files);
  });
  root.addEventListener("paste", (event) => {
    const box = event.target.closest("#ib-composer");
    const files = event.clipboardData ? event.clipboardData.files : [];
    if (!box || !box.querySelector("[data-files]") || !files.length) return;
    event.preventDefault();
    upload(box, files);
  });

  /* Colleagues behind an @ ---------------------------------------------------------------------------------------------------- */

  const mention = { at: -1, index: 0 };
  const closeMentions = (box) => {
    box.querySelector("[data-mention-list]").hidden = true;
    box.querySelector("[data-text]").removeAttribute("aria-activedescendant");
    mention.at = -1;
  };
  const showMentions = (box) => {
    const text = box.querySelector("[data-text]");
    const list = box.querySelector("[data-mention-list]");
    const found = /(?:^|\s)@([\w.+-]*)$/.exec(text.value.slice(0, text.selectionStart));
    if (mode(box) !== "note" || !found) { closeMentions(box); return; }
    const wanted = found[1].toLowerCase();
    const people = JSON.parse(box.dataset.mentions).filter((one) =>
      `${one.name} ${one.label}`.toLowerCase().includes(wanted)).slice(0, 6);
    if (!people.length) { closeMentions(box); return; }
    mention.at = text.selectionStart - found[1].length;
    mention.index = 0;
    list.replaceChildren(...people.map((one, index) => {
      const item = document.createElement("li");
      item.id = `ib-mention-${index}`;
      item.setAttribute("role", "option");
      item.dataset.mention = one.name;
      item.textContent = one.label === one.name ? one.name : `${one.label} (@${one.name})`;
      return item;
    }));
    list.hidden = false;
    pick(box, 0);
  };
  const pick = (box, index) => {
    const items = Array.from(box.querySelectorAll("[data-mention]"));
    mention.index = (index + items.length) % items.length;
    items.forEach((item, number) => item.setAttribute("aria-selected", String(number === mention.index)));
    box.querySelector("[data-text]").setAttribute("aria-activedescendant", items[mention.index].id);
  };
  const take = (box, name) => {
    const text = box.querySelector("[data-text]");
    text.setRangeText(`${name} `, mention.at, text.selectionStart, "end");
    closeMentions(box);
    text.focus();
    changed(box);
  };

  /* One listener per kind of event --------------------------------------------------------------------------------------------- */

  root.addEventListener("input", (event) => {
    const box = event.target.closest("#ib-composer");
    if (!box || event.target.type === "file") return;
    if (event.target.name === "subject") event.target.dataset.touched = "1";
    if (event.target.matches("[data-text]")) showMentions(box);
    if (!event.target.matches("[data-template]")) changed(box);
  });
  root.addEventListener("change", (event) => {
    const box = event.target.closest("#ib-composer");
    if (!box) return;
    if (event.target.name === "mode") { dress(box); box.querySelector("[data-text]").focus(); }
    else if (event.target.matches("[data-template]")) choose(box, event.target.selectedOptions[0]);
    else if (event.target.matches("[data-files]")) { upload(box, Array.from(event.target.files)); event.target.value = ""; }
  });
  root.addEventListener("click", (event) => {
    const box = event.target.closest("#ib-composer");
    if (!box) return;
    const remove = event.target.closest("[data-remove-file]");
    const cc = event.target.closest("[data-add-cc]");
    const person = event.target.closest("[data-mention]");
    if (remove) {
      const data = new FormData();
      data.set("csrfmiddlewaretoken", token);
      fetch(remove.dataset.removeFile, { method: "POST", body: data, credentials: "same-origin" }).catch(() => {});
      remove.closest("li").remove();
      changed(box);
    } else if (cc) {
      const field = box.querySelector("[name=cc]");
      if (!field.value.includes(cc.dataset.addCc)) field.value = [field.value.trim().replace(/,$/, ""), cc.dataset.addCc].filter(Boolean).join(", ");
      changed(box);
    } else if (person) {
      take(box, person.dataset.mention);
    }
  });
  root.addEventListener("keydown", (event) => {
    const box = event.target.closest("#ib-composer");
    if (!box) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      const button = mode(box) === "note" ? box.querySelector("[data-note-only]") : box.querySelector("[data-send].cc-button--primary");
      if (!button.disabled) box.requestSubmit(button);
    } else if (!box.querySelector("[data-mention-list]").hidden) {
      if (event.key === "ArrowDown") { event.preventDefault(); pick(box, mention.index + 1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); pick(box, mention.index - 1); }
      else if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        take(box, box.querySelectorAll("[data-mention]")[mention.index].dataset.mention);
      } else if (event.key === "Escape") { event.stopPropagation(); closeMentions(box); }
    } else if (event.key === "Escape" && event.target.matches("[data-text]")) {
      document.getElementById("ib-title").focus();
    }
  });

  const start = () => { const box = form(); if (box) dress(box); };
  document.body.addEventListener("htmx:afterSwap", (event) => { if (event.detail.target.id === "ib-pane") { dirty = false; start(); } });
  document.body.addEventListener("htmx:oobAfterSwap", (event) => { if (event.detail.target.id === "ib-composer") { dirty = false; start(); } });
  start();
})();
