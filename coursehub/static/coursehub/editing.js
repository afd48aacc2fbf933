// On pages of the editor only: keep what is typed until it is saved, warn before it is left, move about in tables.
// Every page works without this file.
(() => {
  "use strict";
  const skipped = new Set(["csrfmiddlewaretoken", "version", "overtaken"]);
  const read = (name) => { try { return JSON.parse(localStorage.getItem(name)); } catch { return null; } };
  const write = (name, value) => { try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* no storage */ } };
  const forget = (name) => { try { localStorage.removeItem(name); } catch { /* no storage */ } };
  const values = (form) => [...new FormData(form)].filter(([name, value]) => !skipped.has(name) && typeof value === "string");
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  const restore = (form, kept) => {
    for (const field of form.elements) {
      if (!field.name || skipped.has(field.name) || field.type === "submit") continue;
      const mine = kept.filter(([name]) => name === field.name).map(([, value]) => value);
      if (["checkbox", "radio"].includes(field.type)) field.checked = mine.includes(field.value);
      else if (field.multiple && field.options) [...field.options].forEach((one) => { one.selected = mine.includes(one.value); });
      else if (mine.length) field.value = mine[0];
    }
  };

  const keep = (form) => {
    const name = form.dataset.draft, version = Number(form.elements.version.value), begun = values(form);
    const offer = document.querySelector("[data-draft-offer]"), old = read(name);
    let leaving = false, wait = 0;
    const gone = !old || same(old.values, begun) || (old.sent && version > old.version);
    if (gone) forget(name);
    else if (offer) offer.hidden = false;
    offer?.querySelector("[data-draft-restore]").addEventListener("click", () => { restore(form, old.values); offer.hidden = true; });
    offer?.querySelector("[data-draft-forget]").addEventListener("click", () => { forget(name); offer.hidden = true; });
    const save = (sent) => { if (!same(values(form), begun)) write(name, { values: values(form), version, sent }); };
    form.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(() => save(false), 400); });
    form.addEventListener("submit", () => { leaving = true; clearTimeout(wait); save(true); });
    window.addEventListener("beforeunload", (event) => { if (!leaving && !same(values(form), begun)) event.preventDefault(); });
  };

  const grid = (table) => table.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key], cell = event.target.closest("td");
    if (!step || !event.altKey || !cell) return;
    const rows = [...table.tBodies[0].rows], row = rows[rows.indexOf(cell.parentElement) + step];
    const target = row?.cells[cell.cellIndex].querySelector("input, select, summary");
    if (!target) return;
    event.preventDefault();
    target.focus();
  });

  document.querySelectorAll("form[data-draft]").forEach(keep);
  document.querySelectorAll("table[data-grid]").forEach(grid);
})();
