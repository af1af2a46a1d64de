// Light or dark: the system's wish, unless a person chose here. A classic script in the
// head, so that the choice is in place before the first paint.
(() => {
  const KEY = "realtime-mer-theme";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  const chosen = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage may be forbidden: then the choice lasts as long as the page
    }
  };

  const isDark = () => (root.dataset.theme || (system.matches ? "dark" : "light")) === "dark";

  const announce = () => {
    const meta = document.querySelector('meta[name="theme-color"]');
    meta.content = isDark() ? "#07080b" : "#f4f1ea";
    document.dispatchEvent(new Event("themechange"));
  };

  const toggle = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem(KEY, root.dataset.theme);
    } catch {
      // see above
    }
    announce();
  };

  const saved = chosen();
  if (saved === "light" || saved === "dark") root.dataset.theme = saved;
  system.addEventListener("change", announce);
  announce();
  window.theme = { isDark, toggle };
})();
