// Theme, files, copy buttons, and what must survive a swap. Every page works without this file.
(() => {
  "use strict";
  const root = document.documentElement;
  const themes = ["auto", "light", "dark"];
  let theme = "auto";
  try { theme = localStorage.getItem("theme") ?? "auto"; } catch { /* storage is closed: keep auto */ }
  const show = () => { theme === "auto" ? delete root.dataset.theme : (root.dataset.theme = theme); };
  show();

  const themeButton = (button) => {
    const label = () => { button.textContent = `Theme: ${theme}`; };
    button.addEventListener("click", () => {
      theme = themes[(themes.indexOf(theme) + 1) % themes.length];
      try { localStorage.setItem("theme", theme); } catch { /* lasts for this page only */ }
      show(); label();
    });
    label();
  };

  const copyButton = (button) => button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.textContent = "Copied";
  });

  // Everything below an entry that was dropped, as {file, path}.
  const below = async (entry, path) => {
    if (entry.isFile) return [{ file: await new Promise((done, fail) => entry.file(done, fail)), path }];
    const reader = entry.createReader(), found = [];
    for (;;) {
      const some = await new Promise((done, fail) => reader.readEntries(done, fail));
      if (!some.length) return found;
      for (const child of some) found.push(...await below(child, `${path}/${child.name}`));
    }
  };

  const uploads = (form) => {
    const [picker, folder, zone] = ["picker", "folder", "drop"].map((part) => form.querySelector(`[data-${part}]`));
    const list = form.querySelector("[data-chosen]");
    const take = (chosen) => {
      const kept = chosen
        .filter(({ path }) => !path.split("/").some((part) => part.startsWith(".") || part === "__pycache__"));
      const transfer = new DataTransfer();
      kept.forEach(({ file }) => transfer.items.add(file));
      picker.files = transfer.files;
      form.elements.paths.value = JSON.stringify(kept.map(({ path }) => path));
      const lines = kept.map(({ path }) => path);
      if (kept.length < chosen.length) lines.push(`(${chosen.length - kept.length} hidden or cached files left out)`);
      list.replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
    };
    picker.addEventListener("change", () => take([...picker.files].map((file) => ({ file, path: file.name }))));
    folder.addEventListener("change", () => take([...folder.files].map((file) => ({ file, path: file.webkitRelativePath }))));
    for (const kind of ["dragover", "dragleave", "drop"]) zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.toggleAttribute("data-over", kind === "dragover");
    });
    zone.addEventListener("drop", async (event) => {
      const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
      const loose = [...event.dataTransfer.files].map((file) => ({ file, path: file.name }));
      take(entries.length ? (await Promise.all(entries.map((entry) => below(entry, entry.name)))).flat() : loose);
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-js]").forEach((part) => { part.hidden = false; });
    document.querySelectorAll("[data-theme-switch]").forEach(themeButton);
    document.querySelectorAll("[data-copy]").forEach(copyButton);
    document.querySelectorAll("form[data-uploads]").forEach(uploads);
    let open = [];
    document.addEventListener("htmx:beforeSwap", () => { open = [...document.querySelectorAll("details[open][id]")].map(({ id }) => id); });
    document.addEventListener("htmx:afterSwap", () => {
      open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
      const news = document.querySelector("[data-news]"), live = document.getElementById("announcer");
      if (news && live && live.textContent !== news.dataset.news) live.textContent = news.dataset.news;
    });
  });
})();
