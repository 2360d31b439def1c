// Forms. Without this file every form works; the server checks all of it again.
//   data-shown-when="mode=multi_day"     shown while the field `mode` has that value; "a,b" any of them; "always_on" ticked;
//                                        "!always_on" not ticked; several conditions with "&"; "numbers>1" more than one ticked
//   data-gate on the form                its button [data-gate-next] waits for all visible required fields, and
//                                        [data-gate-missing] says which are missing
//   data-at-least="1" data-missing="a number"   a group in which so many boxes must be ticked
//   data-blank-becomes="50" data-least="1"      on leaving: a blank becomes 50, anything below 1 becomes 1, or what
//                                        data-below-becomes says
(() => {
  "use strict";

  // Fields that depend on others.
  const values = (form, name) => {
    const controls = [...form.elements].filter((control) => control.name === name);
    const boxes = controls.filter((control) => ["checkbox", "radio"].includes(control.type));
    return boxes.length ? boxes.filter((box) => box.checked).map((box) => box.value) : controls.map((control) => control.value);
  };
  const holds = (form, condition) => {
    const [, not, name, sign, wanted] = condition.trim().match(/^(!?)([\w-]+)(?:(=|>)(.*))?$/) || [];
    if (!name) return true;
    const found = values(form, name);
    if (sign === ">") return found.length > Number(wanted);
    const true_ = sign === "=" ? found.some((value) => wanted.split(",").includes(value)) : found.some(Boolean);
    return not ? !true_ : true_;
  };
  const showDependents = (form) => {
    for (const part of form.querySelectorAll("[data-shown-when]")) {
      part.hidden = !part.dataset.shownWhen.split("&").every((condition) => holds(form, condition));
    }
  };

  // Next waits for the required fields, and says what is missing.
  const labelOf = (control) =>
    control.dataset.missing || control.labels?.[0]?.firstChild?.textContent.trim() || control.getAttribute("aria-label") || control.name;
  const visible = (control) => !control.disabled && !control.closest("[hidden]");
  const missing = (form) => {
    const empty = [...form.querySelectorAll("[required]")].filter((control) => visible(control) && !control.value.trim()).map(labelOf);
    const groups = [...form.querySelectorAll("[data-at-least]")].filter(
      (group) => visible(group) && group.querySelectorAll("input:checked").length < Number(group.dataset.atLeast),
    );
    return [...new Set([...empty, ...groups.map((group) => group.dataset.missing)])];
  };
  const gate = (form) => {
    if (!("gate" in form.dataset)) return;
    const left = missing(form);
    for (const next of document.querySelectorAll(`[data-gate-next]`)) {
      if (next.form === form && !form.dataset.busy) next.disabled = left.length > 0;
    }
    const words = form.querySelector("[data-gate-missing]");
    if (words) words.textContent = left.length ? `Still missing: ${left.join(", ")}` : "";
  };

  // A field is looked at when it is left.
  const correct = (control) => {
    if (control.dataset.blankBecomes !== undefined && control.value.trim() === "") control.value = control.dataset.blankBecomes;
    if (control.dataset.least !== undefined && Number(control.value) < Number(control.dataset.least)) control.value = control.dataset.belowBecomes ?? control.dataset.least;
  };
  const judge = (control) => {
    const field = control.closest(".field");
    const error = field?.querySelector(".field-error");
    if (!error || ["checkbox", "radio", "file", "hidden"].includes(control.type)) return;
    const bad = !control.validity.valid;
    control.classList.toggle("is-invalid", bad);
    control.toggleAttribute("aria-invalid", bad);
    error.hidden = !bad;
    error.textContent = bad ? (control.validity.valueMissing ? `${labelOf(control)} is missing.` : control.validationMessage) : "";
  };
  document.addEventListener("focusout", (event) => {
    const control = event.target;
    if (!control.form || control.form.method !== "post" || control.type === "password") return;
    correct(control);
    if (control.dataset.touched) {
      if (pressing) left.push(control);
      else judge(control);
    }
    update(control.form);
  });
  // Whoever presses a button leaves the field before it. An error that came or went in between would move the button away
  // from under the pointer, and the click would be lost: it waits until the press is over.
  let pressing = false;
  const left = [];
  document.addEventListener("pointerdown", () => { pressing = true; }, true);
  for (const kind of ["pointerup", "pointercancel"]) {
    document.addEventListener(kind, () => {
      setTimeout(() => {
        pressing = false;
        left.splice(0).forEach(judge);
      });
    }, true);
  }
  const update = (form) => {
    showDependents(form);
    gate(form);
  };
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => {
      if (!event.target.form) return;
      event.target.dataset.touched = "yes";
      update(event.target.form);
    });
  }

  // Filters submit by themselves.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-filters]");
    if (form && event.target.tagName === "SELECT") form.requestSubmit();
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-filters], .top-search")) return;
    for (const control of event.target.elements) if (control.name && !control.value) control.disabled = true;
  });

  // Rows that can be ticked, and the bar that acts on them.
  // The boxes may stand outside of the form (form="its id"), where rows have forms of their own.
  const boxesOf = (form) => [...form.elements].filter((control) => control.name === "ids" && control.type === "checkbox");
  const bulk = (form) => {
    const boxes = boxesOf(form);
    const ticked = boxes.filter((box) => box.checked);
    const bar = form.querySelector("[data-bulk-bar]");
    const all = form.querySelector("[data-bulk-all]");
    const head = [...form.elements].find((control) => "selectAll" in control.dataset);
    for (const box of boxes) box.closest("tr")?.classList.toggle("chosen", box.checked);
    if (head) {
      head.checked = ticked.length > 0 && ticked.length === boxes.length;
      head.indeterminate = ticked.length > 0 && ticked.length < boxes.length;
    }
    if (all && !ticked.length) all.checked = false;
    if (!bar) return;
    bar.hidden = ticked.length === 0;
    const count = all?.checked ? all.dataset.bulkAll : ticked.length;
    bar.querySelector("[data-bulk-count]").textContent = count;
    for (const asker of bar.querySelectorAll("[data-confirm]")) {
      asker.dataset.question ??= asker.dataset.confirm;
      asker.dataset.confirm = asker.dataset.question.replaceAll("{count}", count);
    }
  };
  let last = null;
  document.addEventListener("click", (event) => {
    const box = event.target;
    if (!box.matches?.('input[name="ids"]') || !("select" in (box.form?.dataset || {}))) return;
    const boxes = boxesOf(box.form);
    if (event.shiftKey && last?.isConnected) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      boxes.slice(from, to + 1).forEach((between) => { between.checked = box.checked; });
    }
    last = box;
    bulk(box.form);
  });
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (!form || !("select" in form.dataset)) return;
    if (event.target.matches("[data-select-all]")) {
      boxesOf(form).forEach((box) => { box.checked = event.target.checked; });
    }
    bulk(form);
  });

  // Files: drop, name, size, progress.
  const sizeOf = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
  const chosen = (input) => {
    const drop = input.closest("[data-file-drop]");
    const words = drop.querySelector("[data-file-chosen]");
    const error = drop.closest(".field").querySelector(".field-error");
    const file = input.files[0];
    const most = Number(input.dataset.maxBytes);
    const large = file && most && file.size > most;
    words.hidden = !file || large;
    words.textContent = file ? `${file.name} · ${sizeOf(file.size)}` : "";
    error.hidden = !large;
    error.textContent = large ? `${file.name} has ${sizeOf(file.size)}. A file may have ${Math.round(most / 2 ** 20)} MB at most: split it.` : "";
    if (large) input.value = "";
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-file-drop] input[type=file]")) chosen(event.target);
  });
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      event.target.closest?.("[data-file-drop]")?.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    });
  }
  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = (event.target.closest?.("form") ?? event.target).querySelector?.("[data-file-progress]");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.value = event.detail.loaded / event.detail.total;
  });

  const start = (root) => {
    for (const form of root.querySelectorAll("form")) {
      if (form.method === "post") form.noValidate = "gate" in form.dataset || form.noValidate;
      update(form);
      if ("select" in form.dataset) bulk(form);
    }
  };
  addEventListener("DOMContentLoaded", () => start(document));
  addEventListener("pageshow", (event) => event.persisted && start(document));
  document.addEventListener("htmx:load", (event) => start(event.target.parentElement || document));
})();
