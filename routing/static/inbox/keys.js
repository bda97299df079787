// One key per thing that is done all day. Keys do nothing while somebody types, or while a dialog is open.
"use strict";
(() => {
  const root = document.getElementById("ib");
  if (!root) return;
  const find = (selector) => root.querySelector(selector);
  const press = (selector) => { const button = find(selector); if (button) button.click(); };

  const links = () => Array.from(root.querySelectorAll(".ib-row__link"));
  const step = (by) => {
    const rows = links();
    if (!rows.length) return;
    const at = rows.indexOf(document.activeElement);
    const from = at >= 0 ? at : rows.findIndex((row) => row.getAttribute("aria-current") === "true");
    const next = from < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(from + by, 0), rows.length - 1);
    root.removeAttribute("data-open-small");
    rows[next].focus();
    rows[next].scrollIntoView({ block: "nearest" });
  };

  const write = (mode) => {
    const choice = find(`#ib-composer [name=mode][value=${mode}]`);
    if (!choice || choice.disabled) return;
    if (!choice.checked) {
      choice.checked = true;
      choice.dispatchEvent(new Event("change", { bubbles: true }));
    }
    find("#ib-text").focus();
  };

  const openMenu = (selector) => {
    const summary = find(selector);
    if (!summary) return;
    summary.parentElement.open = true;
    const first = summary.parentElement.querySelector(".ib-menu__body input, .ib-menu__body button, .ib-menu__body a");
    if (first) first.focus();
  };

  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    o: () => { if (document.activeElement.matches(".ib-row__link")) document.activeElement.click(); },
    x: () => {
      const row = document.activeElement.closest(".ib-row") || (find(".ib-row__link[aria-current]") || root).closest(".ib-row");
      const box = row && row.querySelector("[data-pick]");
      if (box) box.click();
    },
    u: () => press("[data-back]"),
    r: () => write("reply"),
    n: () => write("note"),
    a: () => press("[data-key-take]"),
    e: () => press("[data-key-resolve]"),
    s: () => openMenu("[data-key-snooze]"),
    m: () => openMenu("[data-key-move]"),
    "/": () => { const box = find("[data-key-search]"); box.focus(); box.select(); },
    "?": () => document.getElementById("ib-help").showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.target;
    if (target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select") || target.isContentEditable) {
      if (event.key === "Escape" && target.matches("[data-key-search]")) { target.blur(); step(0); }
      return;
    }
    if (document.querySelector("dialog[open]") || !Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // "/" is the search of the page, not of the sidebar
    KEYS[event.key]();
  }, true);

  // Arrows walk through an open menu.
  root.addEventListener("keydown", (event) => {
    const menu = event.target.closest("[data-menu][open]");
    if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key) || event.target.matches("textarea")) return;
    const items = Array.from(menu.querySelectorAll("summary, .ib-menu__body button, .ib-menu__body a, .ib-menu__body input"))
      .filter((one) => one.type !== "hidden" && one.offsetParent);
    const at = items.indexOf(event.target);
    const next = items[(at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length];
    if (next) { event.preventDefault(); next.focus(); }
  });
})();
