// The list: which rows are selected and which one is open, menus, dialogs, and what the page says.
"use strict";
(() => {
  const root = document.getElementById("ib");
  if (!root) return;
  const all = (selector, from = root) => Array.from(from.querySelectorAll(selector));
  const picked = new Set();

  /* Selecting rows --------------------------------------------------------------------------------------- */

  const showPicked = () => {
    const bar = document.getElementById("ib-bulk");
    if (!bar) return;
    const present = new Set(all("[data-pick]").map((box) => box.value));
    for (const id of picked) if (!present.has(id)) picked.delete(id);
    all("[data-pick]").forEach((box) => { box.checked = picked.has(box.value); });
    bar.hidden = picked.size === 0;
    const words = bar.querySelector("[data-picked]");
    words.textContent = picked.size === 1 ? words.dataset.one : words.dataset.many.replace("%s", picked.size);
  };

  let lastPicked = null;
  root.addEventListener("click", (event) => {
    const box = event.target.closest("[data-pick]");
    if (box) {
      const boxes = all("[data-pick]");
      const from = boxes.indexOf(boxes.find((other) => other.value === lastPicked));
      const to = boxes.indexOf(box);
      const range = event.shiftKey && from >= 0 ? boxes.slice(Math.min(from, to), Math.max(from, to) + 1) : [box];
      range.forEach((one) => { if (box.checked) picked.add(one.value); else picked.delete(one.value); });
      lastPicked = box.value;
      showPicked();
    } else if (event.target.closest("[data-pick-none]")) {
      picked.clear();
      showPicked();
    }
  });
  document.addEventListener("inbox:bulk", () => picked.clear());

  /* The open row, and the view in the search form ------------------------------------------------------------ */

  const markOpen = () => {
    const open = root.querySelector("[data-thread-open]");
    const id = open ? open.dataset.threadOpen : "";
    root.toggleAttribute("data-open", Boolean(open));
    all(".ib-row").forEach((row) => {
      const link = row.querySelector(".ib-row__link");
      if (row.dataset.thread === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  };

  document.body.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.target;
    if (target.id === "ib-list") {
      const state = root.querySelector("[data-list-state]");
      const view = root.querySelector("#ib-search [data-view]");
      if (state && view) view.value = state.dataset.view;
    }
    showPicked();
    markOpen();
  });
  showPicked();

  /* Menus: one open at a time, closed by Escape or a click elsewhere ------------------------------------------ */

  const closeMenus = (but = null) => all("[data-menu][open]").forEach((menu) => {
    if (menu !== but) menu.open = false;
  });
  root.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!menu.matches || !menu.matches("[data-menu]") || !menu.open) return;
    closeMenus(menu);
    const body = menu.querySelector(".ib-menu__body");
    body.style.transform = "";
    const box = body.getBoundingClientRect();
    const over = box.right - (window.innerWidth - 8);
    const under = 8 - box.left;
    if (over > 0) body.style.transform = `translateX(${-over}px)`;
    else if (under > 0) body.style.transform = `translateX(${under}px)`;
  }, true);
  document.addEventListener("click", (event) => {
    const menu = event.target.closest("[data-menu]");
    closeMenus(menu);
    if (menu && event.target.closest("[data-dialog], .ib-menu__body > a")) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = root.querySelector("[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopPropagation();
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && event.detail.elt.closest) {
      const menu = event.detail.elt.closest("[data-menu]");
      if (menu) menu.open = false;
    }
  });

  /* Asking first ------------------------------------------------------------------------------------------------ */

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-confirm]");
    if (button && root.contains(button) && !window.confirm(button.dataset.confirm)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  /* Dialogs ------------------------------------------------------------------------------------------------------ */

  const dialog = document.getElementById("ib-dialog");
  const openDialog = () => { if (!dialog.open) dialog.showModal(); };
  document.addEventListener("inbox:dialog", () => window.setTimeout(openDialog, 60));
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target === dialog) openDialog();
  });
  root.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
    else if (event.target.matches("dialog")) event.target.close();
    else if (event.target.closest("[data-help]")) document.getElementById("ib-help").showModal();
  });

  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.matches("[data-closes]") && event.detail.xhr.getResponseHeader("HX-Retarget") === null &&
        event.detail.successful && dialog.open) dialog.close();
  });

  /* What the page says ------------------------------------------------------------------------------------------- */

  const toasts = document.getElementById("ib-toasts");
  const say = (text, { kind = "good", label = "", seconds = 6, run = null } = {}) => {
    if (!text) return;
    const toast = document.createElement("div");
    toast.className = `ib-toast ib-toast--${kind}`;
    toast.append(text);
    if (label) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.addEventListener("click", () => { toast.remove(); run(); });
      toast.append(button);
    }
    toasts.append(toast);
    window.setTimeout(() => toast.remove(), seconds * 1000);
  };
  document.addEventListener("inbox:said", (event) => say(event.detail.text, event.detail));
  document.body.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    say(status === 403 ? toasts.dataset.refused : status === 404 ? toasts.dataset.gone : toasts.dataset.failed,
      { kind: "bad" });
  });
  document.body.addEventListener("htmx:sendError", () => say(toasts.dataset.failed, { kind: "bad" }));
})();
