// Keeps the page up to date: asks every few seconds whether something changed and fetches only what did.
"use strict";
(() => {
  const root = document.getElementById("ib");
  if (!root) return;
  const EVERY = 4000;
  const HERE_EVERY = 10000;
  const live = document.getElementById("ib-live");
  const token = JSON.parse(root.getAttribute("hx-headers"))["X-CSRFToken"];
  const find = (selector) => root.querySelector(selector);
  const opened = () => find("[data-thread-open]");

  const announce = (text) => { live.textContent = ""; window.setTimeout(() => { live.textContent = text; }, 50); };

  const showWaiting = (count) => {
    document.title = (count > 0 ? `(${count}) ` : "") + root.dataset.title;
    document.querySelectorAll("[data-inbox-badge]").forEach((badge) => { badge.textContent = count; });
  };

  /* The list ----------------------------------------------------------------------------------------------- */

  const busy = (box) => Boolean(box && (box.querySelector("[data-menu][open]") ||
    (box.contains(document.activeElement) && document.activeElement.matches("input:not([type=checkbox]), textarea"))));

  const refreshList = async () => {
    const list = document.getElementById("ib-list");
    const rows = document.getElementById("ib-rows");
    if (busy(list)) return false;
    const before = new Set(Array.from(list.querySelectorAll(".ib-row"), (row) => row.dataset.thread));
    const scrolled = rows ? rows.scrollTop : 0;
    const focused = document.activeElement && list.contains(document.activeElement)
      ? document.activeElement.closest(".ib-row") : null;
    const state = find("[data-list-state]");
    const query = new URLSearchParams(state.dataset.query.replace(/^\?/, ""));
    if (before.size > 30) query.set("size", String(before.size));
    await window.htmx.ajax("GET", `${root.dataset.list}?${query}`, { target: "#ib-list", swap: "innerHTML" });
    const fresh = document.getElementById("ib-rows");
    if (fresh) fresh.scrollTop = scrolled;
    if (focused) {
      const again = find(`.ib-row[data-thread="${focused.dataset.thread}"] .ib-row__link`);
      if (again) again.focus({ preventScroll: true });
    }
    const added = Array.from(root.querySelectorAll(".ib-row")).filter((row) => !before.has(row.dataset.thread));
    if (before.size && added.length) {
      announce(`${live.dataset.new}: ${added.map((row) => row.querySelector(".ib-row__who").textContent.trim()).slice(0, 3).join(", ")}`);
    }
    showWaiting(Number(find("[data-list-state]").dataset.waiting));
    return true;
  };

  /* The open conversation -------------------------------------------------------------------------------------- */

  const refreshThread = async (figure) => {
    const thread = opened();
    if (!thread) return;
    const count = () => root.querySelectorAll("[data-message=inbound]").length;
    const before = count();
    thread.dataset.opened = figure;
    const state = find("[data-list-state]");
    await window.htmx.ajax("GET", thread.dataset.live + state.dataset.query.replace(/^\?/, "&"),
      { target: "#ib-pane", swap: "none" });
    if (count() > before) announce(live.dataset.message);
  };

  /* Asking ------------------------------------------------------------------------------------------------------- */

  let timer = 0;
  const look = async () => {
    window.clearTimeout(timer);
    if (document.visibilityState === "visible") {
      const state = find("[data-list-state]");
      const thread = opened();
      const query = new URLSearchParams(state.dataset.query.replace(/^\?/, ""));
      query.set("listed", state.dataset.listed);
      query.set("waiting", state.dataset.waiting);
      if (thread) {
        query.set("thread", thread.dataset.threadOpen);
        query.set("opened", thread.dataset.opened);
      }
      try {
        const answer = await fetch(`${root.dataset.pulse}?${query}`, { credentials: "same-origin" });
        if (answer.status === 200 && !answer.redirected) {
          const now = await answer.json();
          if (thread && thread === opened() && now.opened !== thread.dataset.opened) await refreshThread(now.opened);
          if (now.listed !== state.dataset.listed || String(now.waiting) !== state.dataset.waiting) await refreshList();
        } else if (answer.redirected) {
          window.location.reload(); // signed out meanwhile
          return;
        }
      } catch {
        // The server restarts now and then; the next look finds it again.
      }
    }
    timer = window.setTimeout(look, EVERY);
  };
  timer = window.setTimeout(look, EVERY);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") { look(); here(); } });

  // An own action changed the conversation: the parts came with the answer, the list follows.
  document.addEventListener("inbox:changed", () => {
    window.setTimeout(() => {
      const thread = opened();
      const head = document.getElementById("ib-head");
      if (thread && head) thread.dataset.opened = head.dataset.opened;
      refreshList();
    }, 120);
  });

  /* I am here ---------------------------------------------------------------------------------------------------- */

  const form = (fields) => {
    const data = new FormData();
    data.set("csrfmiddlewaretoken", token);
    for (const [name, value] of Object.entries(fields)) data.set(name, value);
    return data;
  };

  const showViewers = (viewers) => {
    const line = document.getElementById("ib-viewing");
    if (!line) return;
    line.textContent = viewers.map((viewer) =>
      (viewer.writing ? line.dataset.writing : line.dataset.open).replace("%s", viewer.name)).join(" · ");
    line.hidden = viewers.length === 0;
  };

  let hereTimer = 0;
  const here = async () => {
    window.clearTimeout(hereTimer);
    const thread = opened();
    if (thread && document.visibilityState === "visible") {
      const text = thread.querySelector("[data-text]");
      try {
        const answer = await fetch(thread.dataset.here, {
          method: "POST", credentials: "same-origin",
          body: form({ writing: text && text.value.trim() ? "1" : "", seen: seenNow() }),
        });
        if (answer.ok) {
          const said = await answer.json();
          if (thread === opened()) showViewers(said.viewers);
          const row = find(`.ib-row[data-thread="${thread.dataset.threadOpen}"]`);
          if (row) { row.classList.remove("is-unread"); row.querySelectorAll(".ib-dot, .ib-dot + .cc-sr").forEach((one) => one.remove()); }
        }
      } catch {
        // The next sign of life will do.
      }
    }
    hereTimer = window.setTimeout(here, HERE_EVERY);
  };

  const seenNow = () => (document.getElementById("ib-head") || { dataset: {} }).dataset.seen || "";

  const leave = (thread) => {
    if (thread) navigator.sendBeacon(thread.dataset.here, form({ gone: "1" }));
  };
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id === "ib-pane" && event.detail.shouldSwap) leave(opened());
  });
  document.body.addEventListener("htmx:afterSettle", (event) => { if (event.detail.target.id === "ib-pane") here(); });
  window.addEventListener("pagehide", () => leave(opened()));
  here();
})();
