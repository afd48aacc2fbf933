// On the grade book only: move about by arrow keys, edit in place, take back. Every cell also has a page of its own.
(() => {
  "use strict";
  const form = document.querySelector("form[data-gradebook]"), table = form?.querySelector(".gradebook");
  if (!table) return;
  const said = document.getElementById("announcer"), shortcuts = document.querySelector("[data-shortcuts]");
  const token = form.elements.csrfmiddlewaretoken.value;
  const done = []; // what was changed on this page, the last at the end
  const key = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const tell = (sentence, verdict) => { said.textContent = sentence; said.dataset.verdict = verdict; };
  const links = [...table.querySelectorAll(".cell a")];
  let here = links[0];

  try { shortcuts.checked = localStorage.getItem("gradebook-keys") !== "off"; } catch { /* no storage: they are on */ }
  shortcuts.addEventListener("change", () => {
    try { localStorage.setItem("gradebook-keys", shortcuts.checked ? "on" : "off"); } catch { /* lasts for this page */ }
    rove();
  });

  // One stop of the Tab key for all cells while arrows move among them; each a stop of its own without.
  const rove = () => links.forEach((link) => { link.tabIndex = shortcuts.checked && link !== here ? -1 : 0; });
  // A browser may take for visible what lies under a heading that stays; asked for the nearest place, it does not.
  const uncover = (link) => link.scrollIntoView({ block: "nearest", inline: "nearest" });
  const go = (link) => { if (!link) return; here = link; rove(); link.focus({ preventScroll: true }); uncover(link); };
  const beside = (link, rows, columns) => {
    const cell = link.closest("td"), row = cell.parentElement;
    const place = [...row.cells].indexOf(cell) + columns;
    const other = rows ? table.tBodies[0].rows[row.sectionRowIndex + rows] : row;
    return other?.cells[place]?.querySelector(":scope > a");
  };

  const show = (cell, found) => {
    const link = cell.querySelector("a"), note = Object.assign(document.createElement("small"), { textContent: found.note && ` ${found.note}` });
    link.replaceChildren(found.text, note);
    cell.dataset.version = found.version;
    cell.dataset.state = found.state;
    const row = cell.parentElement, box = row.querySelector("input[name=student]");
    row.querySelector(".total").textContent = found.total;
    if (box) box.value = `${row.dataset.student}.${[...row.querySelectorAll(".cell")].map((one) => one.dataset.version).join("-")}`;
  };

  const send = async (cell, fields) => {
    const body = new URLSearchParams({ csrfmiddlewaretoken: token, version: cell.dataset.version, ...fields });
    let found;
    try {
      const answer = await fetch(cell.querySelector("a").href, { method: "POST", body, headers: { Accept: "application/json" } });
      if (answer.status !== 200 && answer.status !== 409) throw new Error(answer.status);
      found = await answer.json();
      show(cell, found);
      tell(found.sentence, answer.ok ? "passed" : "failed");
      return answer.ok;
    } catch {
      tell("This was not saved: the site did not answer as it should. Try again; sending twice changes nothing twice.", "failed");
      return false;
    }
  };

  const edit = (link, begun) => {
    const cell = link.closest("td"), old = link.textContent.trim();
    const heading = table.tHead.rows[0].cells[cell.cellIndex].querySelector("a").textContent;
    const input = Object.assign(document.createElement("input"), {
      value: begun ?? (/^[\d.]+/.exec(old)?.[0] ?? ""), inputMode: "decimal", autocomplete: "off",
    });
    input.setAttribute("aria-label", `${heading}, ${cell.parentElement.querySelector("th").textContent}`);
    link.hidden = true;
    cell.append(input);
    input.focus();
    if (begun === undefined) input.select();
    const sent = key(); // one key for each edit, so that trying again cannot write twice
    let busy = false, over = false;
    const leave = () => { if (over) return; over = true; link.hidden = false; input.remove(); };
    const close = (next) => { leave(); go(next ?? link); };
    input.addEventListener("keydown", async (event) => {
      event.stopPropagation();
      if (event.key === "Escape") { tell("Nothing was changed.", "queued"); close(); return; }
      if (event.key !== "Enter" || busy) return;
      event.preventDefault();
      busy = true;
      const saved = await send(cell, { action: "typed", points: input.value, key: sent });
      busy = false;
      if (saved) { done.push(cell); close(beside(link, 1, 0)); } else { input.setAttribute("aria-invalid", "true"); }
    });
    input.addEventListener("blur", () => { if (!busy) leave(); });
  };

  const undo = async () => {
    const cell = done.at(-1);
    if (!cell) { tell("On this page you have changed nothing that could be taken back.", "queued"); return; }
    if (await send(cell, { action: "undo", key: key() })) { done.pop(); go(cell.querySelector("a")); }
  };

  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  table.addEventListener("keydown", (event) => {
    const link = event.target.closest(".cell > a");
    if (!link || !shortcuts.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves) go(beside(link, ...moves[event.key]));
    else if (event.key === "Enter") edit(link);
    else if (/^[\d.,]$/.test(event.key)) edit(link, event.key);
    else if (event.key === "u") undo();
    else return;
    event.preventDefault();
  });
  table.addEventListener("focusin", (event) => {
    const link = event.target.closest(".cell > a");
    if (link && link !== here) { here = link; rove(); uncover(link); }
  });
  rove();
})();
