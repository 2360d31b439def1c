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
  apply();
  dark.addEventListener("change", apply);
  addEventListener("storage", apply);
  window.outdialTheme = (choice) => {
    localStorage.setItem("theme", choice);
    apply();
  };
})();
