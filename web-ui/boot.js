// Runs before the first paint, so that a chosen theme never flashes, and then loads the
// application. Classic and not a module for that reason; the page's CSP allows no inline script.
(() => {
  try {
    const theme = localStorage.getItem("serin.theme");
    if (theme === "light" || theme === "dark") {
      document.documentElement.dataset.theme = theme;
    }
  } catch {
    // Storage may be forbidden; the system's theme holds then.
  }
  // Loaded when a page first asks for it.
  globalThis.serinEngine = async (call, argument) =>
    (await import("/engine.js")).ask(call, argument);
  import("/serin-web-ui.js")
    .then((app) => app.default({ module_or_path: "/serin-web-ui_bg.wasm" }))
    .catch((error) => {
      console.error(error);
      const message = document.createElement("p");
      message.setAttribute("role", "alert");
      message.className = "boot-failed";
      message.textContent = "Serin's web UI could not be loaded. Reload the page to try again.";
      document.body.append(message);
    });
})();
