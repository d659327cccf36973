(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem("suppilo-color-scheme");
  } catch (_) {
    // Storage may be blocked; the system's choice is used then.
  }
  var dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
