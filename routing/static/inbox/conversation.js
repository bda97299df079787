// The open conversation: where it is scrolled to, what is unfolded in it, formatted mail, and photos.
"use strict";
(() => {
  const root = document.getElementById("ib");
  if (!root) return;
  const find = (selector) => root.querySelector(selector);

  /* Opening -------------------------------------------------------------------------------------------------- */

  const toTheEnd = () => {
    const timeline = document.getElementById("ib-timeline");
    if (timeline) timeline.scrollTop = timeline.scrollHeight;
  };
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "ib-pane" || !find("[data-thread-open]")) return;
    toTheEnd();
    const title = document.getElementById("ib-title");
    if (title) title.focus({ preventScroll: true });
  });
  toTheEnd();
  window.addEventListener("load", toTheEnd);

  /* Parts that are replaced keep their place, and what was unfolded in them ------------------------------------------ */

  const kept = new Map();
  const unfolded = new Set();
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    const target = event.detail.target;
    const typing = target.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
    const mine = root.dataset.acting === "1";
    if (!mine && target.id !== "ib-timeline" && (typing || target.querySelector("[data-menu][open]"))) {
      event.detail.shouldSwap = false;
      return;
    }
    if (target.id === "ib-timeline") {
      kept.set("top", target.scrollTop);
      kept.set("end", target.scrollHeight - target.scrollTop - target.clientHeight < 60);
    }
    target.querySelectorAll("details[data-keep]").forEach((one) => {
      if (one.open) unfolded.add(one.dataset.keep);
      else unfolded.delete(one.dataset.keep);
    });
  });
  document.body.addEventListener("htmx:oobAfterSwap", () => {
    root.querySelectorAll("details[data-keep]").forEach((one) => {
      if (unfolded.has(one.dataset.keep) && !one.open) one.open = true;
    });
    const timeline = document.getElementById("ib-timeline");
    if (timeline && kept.has("top")) timeline.scrollTop = kept.get("end") ? timeline.scrollHeight : kept.get("top");
    showAbout(root.hasAttribute("data-about-open"));
  });
  // An action of one's own may replace what it was started from.
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig.verb === "post") root.dataset.acting = "1";
  });
  document.body.addEventListener("htmx:afterSettle", () => { delete root.dataset.acting; });
  // What was written has left: the next key is a shortcut again. A text that came back is written on.
  let action = "";
  document.addEventListener("inbox:changed", (event) => { action = event.detail.action; });
  document.body.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target.id !== "ib-composer") return;
    toTheEnd();
    const next = document.getElementById(action === "undo" ? "ib-text" : "ib-title");
    if (next) next.focus({ preventScroll: true });
  });
  document.addEventListener("inbox:changed", () => {
    // Whoever has pressed a key in the meantime is left alone: their letters would become shortcuts.
    let typed = false;
    const noteKey = () => { typed = true; };
    document.addEventListener("keydown", noteKey, { capture: true });
    window.setTimeout(() => {
      document.removeEventListener("keydown", noteKey, { capture: true });
      const title = document.getElementById("ib-title");
      const lost = !document.activeElement || document.activeElement === document.body;
      if (!typed && (lost || document.activeElement.closest("#ib-composer")) && action !== "undo" && title) {
        title.focus({ preventScroll: true });
      }
    }, 100);
  });

  /* About the customer: beside the conversation, or over it where there is no room ------------------------------------- */

  const showAbout = (open) => {
    root.toggleAttribute("data-about-open", open);
    root.querySelectorAll("[data-about]").forEach((button) => button.setAttribute("aria-expanded", String(open)));
  };
  root.addEventListener("click", (event) => {
    if (event.target.closest("[data-about]")) showAbout(!root.hasAttribute("data-about-open"));
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") showAbout(false); });

  /* Back to the list, on a small screen without loading it again ------------------------------------------------------- */

  root.addEventListener("click", (event) => {
    const back = event.target.closest("[data-back]");
    if (!back || !document.querySelector(".ib-row")) return;
    event.preventDefault();
    const thread = find("[data-thread-open]");
    const id = thread ? thread.dataset.threadOpen : "";
    root.removeAttribute("data-open");
    window.history.pushState({}, "", back.href);
    const link = find(`.ib-row[data-thread="${id}"] .ib-row__link`) || find(".ib-row__link");
    if (link) link.focus();
  });

  /* Formatted mail: fetched when it is unfolded, in a frame that runs nothing ----------------------------------------- */

  const frame = (box, withImages) => {
    const old = box.querySelector("iframe");
    const mail = document.createElement("iframe");
    mail.setAttribute("sandbox", "allow-same-origin allow-popups allow-popups-to-escape-sandbox");
    mail.title = box.dataset.title;
    mail.src = box.dataset.mail + (withImages ? "?images=1" : "");
    mail.addEventListener("load", () => {
      const fit = () => {
        const page = mail.contentDocument && mail.contentDocument.documentElement;
        if (page) mail.style.height = `${Math.min(Math.max(page.scrollHeight, 60), 1200)}px`;
      };
      fit();
      window.setTimeout(fit, 400);
    });
    if (old) old.replaceWith(mail);
    else box.append(mail);
  };
  root.addEventListener("toggle", (event) => {
    const box = event.target;
    if (box.matches && box.matches("[data-mail]") && box.open && !box.querySelector("iframe")) frame(box, false);
  }, true);
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-mail-images]");
    if (!button) return;
    frame(button.closest("[data-mail]"), true);
    button.remove();
  });

  /* Photos ---------------------------------------------------------------------------------------------------------------- */

  const box = document.getElementById("ib-lightbox");
  let photos = [];
  let shown = 0;
  const show = (index) => {
    shown = (index + photos.length) % photos.length;
    const photo = photos[shown];
    box.querySelector("img").src = photo.href;
    box.querySelector("img").alt = photo.dataset.name;
    box.querySelector("figcaption").textContent = photos.length > 1
      ? `${photo.dataset.name} (${shown + 1}/${photos.length})` : photo.dataset.name;
    box.querySelectorAll("[data-lightbox]").forEach((button) => { button.hidden = photos.length < 2; });
  };
  root.addEventListener("click", (event) => {
    const photo = event.target.closest("[data-photo]");
    if (photo && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      photos = Array.from(root.querySelectorAll("[data-photo]"));
      show(photos.indexOf(photo));
      box.showModal();
    }
    const step = event.target.closest("[data-lightbox]");
    if (step) show(shown + (step.dataset.lightbox === "next" ? 1 : -1));
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") show(shown + 1);
    else if (event.key === "ArrowLeft") show(shown - 1);
  });
})();
