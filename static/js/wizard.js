// The wizard. Without this file every step works; the server checks and repairs the same.
//   data-keeps="address"      on the form: what is typed goes there (go=keep) a moment later, so that a reload loses nothing
//   data-ticks="name" data-values="a,b"   on a button: ticks exactly these boxes
//   data-pool-box             number boxes: the order of ticking goes into the field `order`; the first is the primary
//   data-uploads              the button that a chosen file presses
(() => {
  "use strict";
  const form = document.querySelector("form#step");
  if (!form) return;

  // What was typed is kept.
  const PAUSE = 400; // milliseconds after the last change
  let timer = 0;
  let leaving = false;
  let underWay = null;
  const keep = () => {
    timer = 0;
    if (leaving) return;
    const typed = new FormData(form);
    typed.set("go", "keep");
    const sent = { method: "POST", body: new URLSearchParams(typed), keepalive: true, credentials: "same-origin" };
    underWay = fetch(form.dataset.keeps, sent).catch(() => {}).finally(() => { underWay = null; });
  };
  if (form.dataset.keeps && !("plain" in form.dataset)) {
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(keep, PAUSE);
    };
    form.addEventListener("input", soon);
    form.addEventListener("change", soon);
    // Saving comes after what is still on its way, or the kept text would outlive what was saved.
    form.addEventListener("submit", (event) => {
      leaving = true;
      clearTimeout(timer);
      if (!underWay) return;
      event.preventDefault();
      const button = event.submitter;
      underWay.finally(() => {
        delete form.dataset.busy;
        if (button) button.disabled = false;
        form.requestSubmit(button);
      });
    });
    addEventListener("pagehide", () => {
      if (timer && !leaving) keep();
    });
  }

  // A pill that is pressed with something typed saves it first, as Next does.
  let typed = false;
  form.addEventListener("input", () => { typed = true; });
  form.addEventListener("change", () => { typed = true; });
  document.querySelector(".pills")?.addEventListener("click", (event) => {
    const pill = event.target.closest("a[data-step]");
    if (!pill || !typed || !form.dataset.keeps || "plain" in form.dataset || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    const go = document.createElement("input");
    Object.assign(go, { type: "hidden", name: "go", value: `to:${pill.dataset.step}` });
    form.append(go);
    form.requestSubmit();
  });

  // One click ticks what is recommended.
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-ticks]");
    if (!button) return;
    event.preventDefault();
    const wanted = button.dataset.values.split(",");
    for (const box of form.elements) {
      if (box.name === button.dataset.ticks && box.type === "checkbox") box.checked = wanted.includes(box.value);
    }
    form.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // Numbers in the order of ticking.
  const order = form.elements.order;
  const showPool = () => {
    const ticked = order.value.split(",").filter(Boolean);
    for (const box of form.querySelectorAll("[data-pool-box]")) {
      box.closest(".pool-row").querySelector("[data-primary]").hidden = box.value !== ticked[0];
    }
    const words = form.querySelector("[data-pool-count]");
    if (words) words.textContent = `${ticked.length} ticked`;
  };
  if (order) {
    form.addEventListener("change", (event) => {
      const box = event.target;
      if (!box.matches("[data-pool-box]")) return;
      const others = order.value.split(",").filter((value) => value && value !== box.value);
      order.value = (box.checked ? [...others, box.value] : others).join(",");
      showPool();
    });
    showPool();
  }

  // A chosen file is sent at once.
  const uploads = form.querySelector("[data-uploads]");
  if (uploads) {
    uploads.hidden = true;
    form.addEventListener("change", (event) => {
      if (event.target.type === "file" && event.target.files.length) setTimeout(() => event.target.files.length && uploads.click());
    });
  }
})();
