// Posts that are chosen for one evidence pack. Without this the form takes those that are
// ticked on the page; with it the choice stays, for this tab and campaign, while somebody
// goes through the pages, and the bar says how many there are.
(() => {
  "use strict";
  const form = document.querySelector("[data-picked]");
  if (!form) return;
  const KEY = `groundswell-picked-${form.dataset.picked}`;
  const MOST = Number(form.dataset.most);
  const boxes = [...document.querySelectorAll("[data-pick]")];
  const told = form.querySelector("[data-told]");
  const said = form.querySelector("[data-said]");
  const go = form.querySelector("[type=submit]");
  const none = form.querySelector("[data-none]");
  const asked = told.textContent;
  let chosen = []; // numbers of posts, as text, in the order of choosing

  const kept = () => {
    try {
      const found = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
      return Array.isArray(found) ? found.filter((id) => /^[0-9]{1,19}$/.test(id)).slice(0, MOST) : [];
    } catch { return chosen; }
  };
  const keep = () => {
    try { sessionStorage.setItem(KEY, JSON.stringify(chosen)); } catch { /* for this page alone */ }
  };

  const show = () => {
    const here = new Set(boxes.map((box) => box.value));
    const elsewhere = chosen.filter((id) => !here.has(id));
    for (const box of boxes) box.checked = chosen.includes(box.value);
    form.querySelectorAll("[data-elsewhere]").forEach((one) => one.remove());
    for (const id of elsewhere) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: "post", value: id });
      field.dataset.elsewhere = "";
      form.append(field);
    }
    const away = elsewhere.length ? `${elsewhere.length} of them not on this page.` : "";
    told.textContent = chosen.length ? away : asked;
    told.hidden = Boolean(chosen.length && !away);
    go.textContent = chosen.length ? `${chosen.length} chosen: download evidence` : "None chosen";
    go.disabled = !chosen.length;
    none.hidden = !chosen.length;
    form.toggleAttribute("data-some", chosen.length > 0);
  };

  const change = (box) => {
    chosen = kept();
    const full = box.checked && chosen.length >= MOST;
    chosen = chosen.filter((id) => id !== box.value);
    if (box.checked && !full) chosen.push(box.value);
    keep();
    show();
    said.textContent = full ? `${MOST} posts are the most at once.` : `${chosen.length} chosen.`;
    if (full) { told.hidden = false; told.textContent = said.textContent; }
  };

  for (const box of boxes) box.addEventListener("change", () => change(box));
  none.addEventListener("click", () => {
    chosen = [];
    keep();
    show();
    said.textContent = "None chosen.";
    boxes[0]?.focus();
  });
  // A page that the browser kept, or filled in again, shows what is chosen now.
  addEventListener("pageshow", () => { chosen = kept(); show(); });
})();
