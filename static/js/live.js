// Parts that refresh by themselves ([data-live], accounts/live.py): not in a hidden tab, never against the person who works there.
(() => {
  "use strict";
  const live = (element) => element?.hasAttribute?.("data-live");
  const parts = () => document.querySelectorAll("[data-live]");

  document.addEventListener("htmx:configRequest", (event) => {
    if (live(event.target) && event.target.dataset.seen) event.detail.headers["X-Seen"] = event.target.dataset.seen;
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (live(event.target) && document.hidden) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) parts().forEach((part) => htmx.trigger(part, "refresh"));
  });
  // A morph takes over the answer's attributes; what the browser remembers of the part is put on afterwards.
  document.addEventListener("htmx:afterRequest", (event) => {
    const seen = event.detail.xhr?.getResponseHeader("X-Seen");
    const part = event.target.id && document.getElementById(event.target.id);
    if (live(part) && seen) part.dataset.seen = seen;
  });

  // What the person did to the page is not in the server's answer: keep it.
  const KEPT = new Set(["open", "checked", "value", "aria-expanded", "data-seen", "data-busy", "data-touched"]);
  if (window.Idiomorph) {
    Idiomorph.defaults.ignoreActiveValue = true;
    Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => {
      if (name === "style" && node.matches(".menu")) return false;
      if (name === "class" && node.matches("tr.chosen")) return false;
      if (name === "value" && node.matches("progress, option, button, input[type=hidden]")) return true;
      return !KEPT.has(name);
    };
  }

  // A lost connection says so, and recovers.
  const lost = document.getElementById("lost");
  let failures = 0;
  const failed = () => {
    failures += 1;
    if (failures > 1 || !navigator.onLine) lost.hidden = false;
  };
  for (const kind of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(kind, failed);
  addEventListener("offline", () => { lost.hidden = false; });
  addEventListener("online", () => {
    if (!parts().length) lost.hidden = true; // nothing here will ask, and say so
    parts().forEach((part) => htmx.trigger(part, "refresh"));
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.xhr?.status) return;
    failures = 0;
    lost.hidden = true;
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (live(event.target)) return;
    const words = { 403: "Your role does not allow this.", 404: "This is not there any more. Load the page again.", 429: "Too many requests. Wait a moment." };
    outdialToast(words[event.detail.xhr.status] || "That did not work. Nothing was changed; try again.", "error");
  });
  for (const kind of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(kind, (event) => {
      if (!live(event.target)) outdialToast("No connection. Nothing was changed; try again.", "error");
    });
  }
})();
