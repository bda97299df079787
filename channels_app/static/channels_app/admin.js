/* The moving parts of the admin's own widgets. Everything is delegated from the document, so that rows that
   are added later work too. No library; the forms also work without this file, only less comfortably. */
(function () {
  "use strict";

  const find = (root, selector) => root.querySelector(selector);
  const all = (root, selector) => Array.from(root.querySelectorAll(selector));
  const changed = (element) => element.dispatchEvent(new Event("change", { bubbles: true }));
  const csrf = () => (document.cookie.match(/(?:^|; )csrftoken=([^;]*)/) || [])[1] ||
    (find(document, "input[name=csrfmiddlewaretoken]") || {}).value || "";

  // htmx would add a style element, which the content security policy refuses; nothing here needs it.
  if (window.htmx) window.htmx.config.includeIndicatorStyles = false;

  /* Chips ---------------------------------------------------------------------------------------------- */

  function addChips(entry) {
    const box = entry.closest("[data-chips]");
    const present = new Set(all(box, "[data-chip] input").map((input) => input.value.toLowerCase()));
    entry.value.split(/[,;\n]/).map((word) => word.trim().replace(/\s+/g, " ")).filter(Boolean).forEach((word) => {
      if (present.has(word.toLowerCase())) return;
      present.add(word.toLowerCase());
      const chip = document.createElement("span");
      chip.className = "cc-chip";
      chip.dataset.chip = "";
      chip.append(word);
      const input = document.createElement("input");
      input.type = "hidden";
      input.name = box.dataset.name;
      input.value = word;
      const remove = document.createElement("button");
      remove.type = "button";
      remove.className = "cc-chip__remove";
      remove.dataset.chipRemove = "";
      remove.setAttribute("aria-label", word);
      remove.textContent = "×";
      chip.append(input, remove);
      box.insertBefore(chip, entry);
    });
    entry.value = "";
    changed(box);
  }

  document.addEventListener("keydown", (event) => {
    const entry = event.target.closest("[data-chip-entry]");
    if (!entry) return;
    if (event.key === "Enter" || event.key === "," || event.key === ";") {
      if (event.key === "Enter" && !entry.value.trim()) { event.preventDefault(); return; }
      event.preventDefault();
      addChips(entry);
    } else if (event.key === "Backspace" && !entry.value) {
      const last = all(entry.closest("[data-chips]"), "[data-chip]").pop();
      if (last) { last.remove(); changed(entry); }
    }
  });
  document.addEventListener("focusout", (event) => {
    const entry = event.target.closest && event.target.closest("[data-chip-entry]");
    if (entry && entry.value.trim()) addChips(entry);
  });
  document.addEventListener("paste", (event) => {
    const entry = event.target.closest("[data-chip-entry]");
    if (!entry) return;
    const text = event.clipboardData.getData("text");
    if (!/[,;\n]/.test(text)) return;
    event.preventDefault();
    entry.value += text;
    addChips(entry);
  });

  /* Weeks ---------------------------------------------------------------------------------------------- */

  function showDay(day) {
    find(day, "[data-intervals]").hidden = find(day, "[data-day-state]").value !== "open";
  }

  function copyWeekdays(monday) {
    all(monday.closest("[data-week-grid]"), "[data-day]").slice(1, 5).forEach((day) => {
      find(day, "[data-day-state]").value = find(monday, "[data-day-state]").value;
      const box = find(day, "[data-intervals]");
      all(box, "[data-interval]").forEach((interval) => interval.remove());
      all(monday, "[data-interval]").reverse().forEach((interval) => {
        const copy = interval.cloneNode(true);
        all(copy, "input").forEach((input, index) => {
          input.name = day.dataset.name + (index ? "-to" : "-from");
          input.value = all(interval, "input")[index].value;
        });
        box.prepend(copy);
      });
      showDay(day);
    });
    changed(monday);
  }

  /* Rows ----------------------------------------------------------------------------------------------- */

  let fresh = 0;

  function addRow(box) {
    const blank = find(box, "template[data-row-blank]");
    const holder = document.createElement("div");
    fresh += 1;
    holder.innerHTML = blank.innerHTML.replaceAll("__row__", "n" + fresh);
    const row = holder.firstElementChild;
    find(box, "[data-rows-body]").append(row);
    showEmpty(box);
    if (row.tagName === "DETAILS") row.open = true;
    const first = find(row, "input:not([type=hidden]):not([type=checkbox]), select");
    if (first) first.focus();
    changed(row);
  }

  function showEmpty(box) {
    const empty = find(box, "[data-rows-empty]");
    if (empty) empty.hidden = all(box, "[data-row]").length > 0;
  }

  /* Copying, fresh tokens, placeholders ------------------------------------------------------------------ */

  function copyText(button) {
    const source = find(button.closest("[data-token]"), "[data-token-text]");
    const text = source.value !== undefined ? source.value : source.textContent;
    const done = () => {
      const icon = find(button, ".material-symbols-outlined");
      if (!icon) return;
      icon.textContent = "check";
      setTimeout(() => { icon.textContent = "content_copy"; }, 1500);
    };
    if (navigator.clipboard && window.isSecureContext) { navigator.clipboard.writeText(text).then(done); return; }
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    done();
  }

  let lastText = null;
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-placeholders]")) lastText = event.target;
  });

  function insertPlaceholder(button) {
    const field = lastText || find(document, "textarea[data-placeholders]");
    if (!field) return;
    field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /* Buttons that change something are sent as a POST, with the token, from wherever they stand ---------- */

  function post(link) {
    if (link.dataset.confirm && !window.confirm(link.dataset.confirm)) return;
    const form = document.createElement("form");
    form.method = "post";
    form.action = link.href;
    const token = document.createElement("input");
    token.type = "hidden";
    token.name = "csrfmiddlewaretoken";
    token.value = csrf();
    form.append(token);
    document.body.append(form);
    link.setAttribute("aria-busy", "true");
    form.submit();
  }

  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest(selector);
    let target;
    if ((target = hit("[data-chip-remove]"))) {
      const box = target.closest("[data-chips]");
      target.closest("[data-chip]").remove();
      changed(box);
    } else if ((target = hit("[data-chips]")) && event.target === target) {
      find(target, "[data-chip-entry]").focus();
    } else if ((target = hit("[data-interval-add]"))) {
      const last = target.previousElementSibling;
      const copy = last.cloneNode(true);
      all(copy, "input").forEach((input) => { input.value = ""; });
      target.before(copy);
      find(copy, "input").focus();
    } else if ((target = hit("[data-interval-remove]"))) {
      const day = target.closest("[data-day]");
      if (all(day, "[data-interval]").length > 1) target.closest("[data-interval]").remove();
      else { find(day, "[data-day-state]").value = "closed"; showDay(day); }
      changed(day);
    } else if ((target = hit("[data-copy-weekdays]"))) {
      copyWeekdays(target.closest("[data-day]"));
    } else if ((target = hit("[data-date-add]"))) {
      target.before(find(target.closest("[data-dates]"), "[data-date-blank]").content.cloneNode(true));
    } else if ((target = hit("[data-date-remove]"))) {
      target.closest("[data-date]").remove();
    } else if ((target = hit("[data-row-add]"))) {
      addRow(target.closest("[data-rows]"));
    } else if ((target = hit("[data-row-remove]"))) {
      event.preventDefault();
      const box = target.closest("[data-rows]");
      target.closest("[data-row]").remove();
      showEmpty(box);
      changed(box);
    } else if ((target = hit("[data-row-up], [data-row-down]"))) {
      event.preventDefault();
      const row = target.closest("[data-row]");
      const other = target.matches("[data-row-up]") ? row.previousElementSibling : row.nextElementSibling;
      if (other) { target.matches("[data-row-up]") ? other.before(row) : other.after(row); changed(row); }
      target.focus();
    } else if ((target = hit("[data-copy]"))) {
      copyText(target);
    } else if ((target = hit("[data-token-fresh]"))) {
      const field = find(target.closest("[data-token]"), "[data-token-text]");
      field.value = target.dataset.tokenFresh;
      changed(field);
    } else if ((target = hit("[data-insert]"))) {
      insertPlaceholder(target);
    } else if ((target = hit("a[data-post]"))) {
      event.preventDefault();
      post(target);
    } else if ((target = hit("[data-preview-look]"))) {
      showLook(target.closest("[data-preview]"), target.dataset.previewLook);
    }
  });

  document.addEventListener("change", (event) => {
    const target = event.target;
    if (!target.matches) return;
    if (target.matches("[data-day-state]")) showDay(target.closest("[data-day]"));
    if (target.matches("[data-time]")) {
      const typed = target.value.trim().match(/^(\d{1,2})(?:[:.u ]?([0-5]\d))?\s*(?:uur|u|h)?$/);
      if (typed) target.value = typed[1].padStart(2, "0") + ":" + (typed[2] || "00");
    }
    if (target.matches("[data-week-own]")) {
      find(target.closest("[data-week]"), "[data-week-grid]").hidden = target.value !== "1";
    }
    if (target.matches("[data-step-kind]")) {
      const field = find(target.closest("[data-row]"), "[data-step-value]");
      field.hidden = target.value === "on_call";
      field.setAttribute("list", field.dataset.listPrefix + target.value);
    }
  });

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button && button.dataset.busy) {
      button.textContent = button.dataset.busy;
      button.setAttribute("aria-busy", "true");
    }
  });

  /* The tab of a form stays the same after saving -------------------------------------------------------- */

  function rememberTabs() {
    const box = find(document, "form [x-data*=activeFieldsetTab]");
    if (!box || !window.Alpine) return;
    const key = "cc-tab:" + location.pathname;
    const links = all(box, "nav a");
    if (!find(document, ".errornote, ul.errorlist") && sessionStorage.getItem(key)) {
      const wanted = links.find((link) => link.textContent.trim().split("\n")[0] === sessionStorage.getItem(key));
      if (wanted) wanted.click();
    }
    links.forEach((link) => link.addEventListener("click", () => {
      sessionStorage.setItem(key, link.textContent.trim().split("\n")[0]);
    }));
  }

  /* The live preview of a template ----------------------------------------------------------------------- */

  function showLook(preview, look) {
    preview.dataset.look = look;
    all(preview, "[data-preview-look]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.previewLook === look));
    });
    all(preview, "[data-preview-pane]").forEach((pane) => { pane.hidden = pane.dataset.previewPane !== look; });
  }

  function dress(preview) {
    all(preview, "[data-mail]").forEach((source) => {
      const frame = document.createElement("iframe");
      frame.className = "cc-preview__mail";
      frame.title = source.dataset.title;
      frame.setAttribute("sandbox", "");
      frame.srcdoc = source.dataset.mail;
      source.replaceWith(frame);
    });
    showLook(preview, preview.dataset.look || "chat");
  }

  function startPreview() {
    const preview = find(document, "[data-preview]");
    if (!preview) return;
    const form = find(document, "#communicationtemplate_form");
    if (!preview.dataset.preview || !form) { dress(preview); return; }
    let timer = 0;
    let running = null;
    const refresh = () => {
      if (running) running.abort();
      running = new AbortController();
      fetch(preview.dataset.preview, {
        method: "POST", body: new FormData(form), signal: running.signal, headers: { "X-CSRFToken": csrf() },
      }).then((answer) => answer.ok ? answer.text() : "").then((html) => {
        if (!html) return;
        find(preview, "[data-preview-body]").innerHTML = html;
        dress(preview);
      }).catch(() => {});
    };
    const later = () => { clearTimeout(timer); timer = setTimeout(refresh, 300); };
    form.addEventListener("input", later);
    form.addEventListener("change", later);
    refresh();
  }

  /* Running clocks ---------------------------------------------------------------------------------------- */

  function startClocks() {
    const tick = () => all(document, "[data-due]").forEach((clock) => {
      const minutes = Math.trunc((new Date(clock.dataset.due) - Date.now()) / 60000);
      const size = Math.abs(minutes);
      const text = size < 60 ? size + " min" : size < 2880 ? Math.floor(size / 60) + " u" : Math.floor(size / 1440) + " d";
      clock.textContent = (minutes < 0 ? clock.dataset.late : clock.dataset.left).replace("%s", text);
      clock.classList.toggle("cc-pill--bad", minutes < 0);
      clock.classList.toggle("cc-pill--warning", minutes >= 0 && minutes < 15);
    });
    if (find(document, "[data-due]")) setInterval(tick, 30000);
  }

  document.addEventListener("alpine:initialized", rememberTabs);
  document.addEventListener("DOMContentLoaded", () => { startPreview(); startClocks(); });
})();
