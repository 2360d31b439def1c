// The frame: menus, dialogs, questions, toasts, keys. Wired by data attributes (see templates/base.html).
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);

  // Menus are popovers: the browser opens, closes and keeps them; this puts them beside their button.
  const place = (menu) => {
    const button = $(`[popovertarget="${CSS.escape(menu.id)}"]`);
    if (!button) return;
    const box = button.getBoundingClientRect();
    const room = { width: document.documentElement.clientWidth, height: innerHeight };
    const left = menu.classList.contains("menu-end") ? box.right - menu.offsetWidth : box.left;
    const below = box.bottom + 4 + menu.offsetHeight < room.height || box.top < menu.offsetHeight;
    menu.style.left = `${Math.max(8, Math.min(left, room.width - menu.offsetWidth - 8))}px`;
    menu.style.top = `${below ? box.bottom + 4 : box.top - menu.offsetHeight - 4}px`;
  };
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.(".menu[popover]")) return;
    const open = event.newState === "open";
    $(`[popovertarget="${CSS.escape(event.target.id)}"]`)?.setAttribute("aria-expanded", open);
    if (open) place(event.target);
  }, true);
  addEventListener("scroll", () => {
    const open = $(".menu:popover-open");
    if (open) place(open);
  }, { passive: true, capture: true });
  const walkMenu = (event) => {
    const menu = event.target.closest?.(".menu");
    if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    const items = [...menu.querySelectorAll(".menu-item")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
    event.preventDefault();
  };

  // Dialogs and panels.
  const open = (id) => {
    const dialog = document.getElementById(id);
    if (dialog && !dialog.open) dialog.showModal();
    return dialog;
  };
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener && !(event.metaKey || event.ctrlKey) && open(opener.dataset.opens)) {
      event.preventDefault();
      opener.closest("[popover]")?.hidePopover();
    }
    const closer = event.target.closest("[data-closes]");
    if (closer) closer.closest("dialog").close();
    if (event.target.matches("dialog[open]")) {
      const box = event.target.getBoundingClientRect();
      const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside) event.target.close();
    }
  });

  // Questions: a form or button with data-confirm is asked about once; the button names the act.
  const ask = (asker, act) => {
    const words = asker.dataset;
    $("#confirm-title").textContent = words.confirmTitle || "Are you sure?";
    $("#confirm-text").textContent = words.confirm;
    const button = $("#confirm-button");
    button.textContent = words.confirmButton || "Go on";
    button.classList.toggle("danger", "confirmDanger" in words);
    button.onclick = () => {
      $("#confirm").close();
      act();
    };
    $("[popover]:popover-open")?.hidePopover();
    open("confirm");
  };
  const asked = new WeakSet();
  const needsAnswer = (form, submitter) => {
    const asker = submitter?.dataset.confirm ? submitter : form.dataset.confirm ? form : null;
    return asker && !asked.has(form) ? asker : null;
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const asker = needsAnswer(form, event.submitter);
    if (asker) {
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(asker, () => {
        asked.add(form);
        form.requestSubmit(event.submitter?.isConnected ? event.submitter : undefined);
        asked.delete(form);
      });
    } else if (form.method === "post") {
      if (form.dataset.busy) {
        event.preventDefault();
        event.stopImmediatePropagation(); // htmx would send it after the first one
      } else busy(form, event.submitter);
    }
  }, true);

  // While a form is under way its button says so, and a second press does nothing.
  const busy = (form, submitter) => {
    form.dataset.busy = "yes";
    if (!submitter || submitter.tagName !== "BUTTON") return;
    // After this turn: a button disabled now would not be sent along.
    setTimeout(() => {
      submitter.dataset.words = submitter.innerHTML;
      submitter.disabled = true;
      if (submitter.dataset.saving || submitter.classList.contains("btn-primary")) {
        submitter.textContent = submitter.dataset.saving || "Saving…";
      }
    });
  };
  const idle = (form) => {
    delete form.dataset.busy;
    for (const button of form.querySelectorAll("button[data-words]")) {
      button.disabled = false;
      button.innerHTML = button.dataset.words;
      delete button.dataset.words;
    }
  };
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form");
    if (form) setTimeout(() => idle(form));
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-busy]").forEach(idle);
  });

  // Toasts.
  const SECONDS = 7;
  const leave = (notice) => {
    if (notice.classList.contains("error")) return;
    let timer = setTimeout(() => notice.remove(), SECONDS * 1000);
    notice.addEventListener("mouseenter", () => clearTimeout(timer));
    notice.addEventListener("mouseleave", () => { timer = setTimeout(() => notice.remove(), SECONDS * 1000); });
  };
  const toast = (text, level = "success") => {
    const notice = $("#toast").content.firstElementChild.cloneNode(true);
    notice.classList.add(level);
    $("span", notice).textContent = text;
    $("#toasts").append(notice);
    leave(notice);
  };
  window.outdialToast = toast;
  document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.level));
  document.addEventListener("click", (event) => event.target.closest("[data-toast-closes]")?.closest("[data-toast]").remove());

  // Keys.
  const GO = { c: "/campaigns/", p: "/contacts/", v: "/conversations/", n: "/numbers/" };
  let going = 0;
  document.addEventListener("keydown", (event) => {
    walkMenu(event);
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.key === "Escape") document.documentElement.classList.remove("drawer-open");
    if (event.target.matches("input, textarea, select, [contenteditable]") || $("dialog[open]")) return;
    if (event.key === "/" && $("[data-search]")) {
      event.preventDefault();
      $("[data-search]").focus();
    } else if (event.key === "?") {
      open("shortcuts");
    } else if (event.key === "g") {
      going = Date.now();
    } else if (Date.now() - going < 1000 && GO[event.key] && $(`.side a[href="${GO[event.key]}"]`)) {
      location.assign(GO[event.key]);
    }
  });

  // Drawer, theme, copying.
  document.addEventListener("click", (event) => {
    const root = document.documentElement;
    if (event.target.closest("[data-drawer]")) {
      event.preventDefault();
      root.classList.toggle("drawer-open");
      $(".side a")?.focus();
    } else if (event.target.closest("[data-drawer-closes]")) {
      event.preventDefault();
      root.classList.remove("drawer-open");
    }
    const theme = event.target.closest("[data-theme-choice]");
    if (theme && theme !== root) {
      window.outdialTheme(theme.dataset.themeChoice);
      markTheme();
      theme.closest("[popover]")?.hidePopover();
    }
    const copier = event.target.closest("[data-copy]");
    if (copier) copy(copier);
  });
  const markTheme = () => {
    for (const choice of document.querySelectorAll("button[data-theme-choice]")) {
      choice.setAttribute("aria-pressed", choice.dataset.themeChoice === document.documentElement.dataset.themeChoice);
    }
  };
  const copy = async (button) => {
    const source = $(button.dataset.copy);
    const words = $("span", button) || button;
    try {
      await navigator.clipboard.writeText(source.textContent);
      words.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source);
      words.textContent = "Press Ctrl+C";
    }
    setTimeout(() => { words.textContent = "Copy"; }, 2000);
  };

  // On a narrow screen the tabs scroll sideways: the one that is open has to be in sight.
  const showCurrent = (tabs) => {
    const current = $("[aria-current]", tabs);
    if (!current) return;
    const hidden = current.getBoundingClientRect().right - tabs.getBoundingClientRect().right;
    if (hidden > 0) tabs.scrollLeft += Math.ceil(hidden);
  };

  addEventListener("DOMContentLoaded", () => {
    markTheme();
    document.querySelectorAll("#toasts [data-toast]").forEach(leave);
    $("[data-errors]")?.focus();
    document.querySelectorAll(".tabs").forEach(showCurrent);
  });
})();
