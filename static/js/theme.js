// Before the first paint: the kept choice, else the system's.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const choice = localStorage.getItem("theme") || "system";
    root.dataset.bsTheme = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
    root.dataset.themeChoice = choice;
  };
  root.classList.add("scripted");
  // Not every system's fonts have flags: two letters or boxes stand there instead of one sign. Then the country's code is shown.
  const ink = document.createElement("canvas").getContext("2d");
  const wide = (text) => ink.measureText(text).width;
  root.classList.toggle("no-flags", wide("\u{1F1E9}\u{1F1EA}") > wide("\u{1F1E9}") * 1.5);
  apply();
  dark.addEventListener("change", apply);
  addEventListener("storage", apply);
  window.outdialTheme = (choice) => {
    localStorage.setItem("theme", choice);
    apply();
  };
})();
