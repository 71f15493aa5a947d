// Keys for what the page already has. A key presses the button, follows the link or enters
// the field that names it (data-key). In a list (data-item) j and k walk, and the keys of
// the item that was walked to are its own (data-item-key). Nothing happens while somebody
// types; Escape leaves a field.
(() => {
  "use strict";
  let current = null;
  // Speech and a slip of the hand press keys too: they can be turned off (WCAG, 2.1.4).
  const KEPT = "groundswell-keys";
  const kept = () => { try { return localStorage.getItem(KEPT); } catch { return null; } };
  let off = kept() === "off";
  const knob = document.createElement("button");
  knob.className = "small keys-switch";
  knob.type = "button";
  const label = () => { knob.textContent = off ? "Turn the keys on" : "Turn the keys off"; };
  knob.addEventListener("click", () => {
    off = !off;
    try { localStorage.setItem(KEPT, off ? "off" : "on"); } catch { /* for this page alone */ }
    label();
  });
  label();
  document.querySelector(".page-head")?.append(knob);

  // A page that arrives with its news is silent to a screen reader: only what changes in a
  // live region afterwards is read out.
  for (const told of document.querySelectorAll("[data-announce]")) {
    const words = told.textContent;
    const live = document.createElement("p");
    live.className = "sr";
    live.setAttribute("role", "status");
    live.setAttribute("aria-live", "polite");
    told.removeAttribute("role");
    told.after(live);
    setTimeout(() => { live.textContent = words; }, 150);
  }

  const walk = (step) => {
    const items = [...document.querySelectorAll("[data-item]")];
    const place = Math.min(Math.max(items.indexOf(current) + step, 0), items.length - 1);
    if (!items.length) return;
    current?.removeAttribute("data-current");
    current = items[place];
    current.setAttribute("data-current", "");
    current.focus({ preventScroll: true });
    current.scrollIntoView({ block: "nearest" });
  };

  const act = (named) => {
    if (named.matches("input:not([type=checkbox]), textarea, select")) named.focus();
    else named.click();
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (event.key === "Escape" && typing) typing.blur();
    if (off || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = CSS.escape(event.key);
    const named =
      current?.querySelector(`[data-item-key="${key}"]`) ??
      document.querySelector(`[data-key="${key}"]`);
    if (named) act(named);
    else if (event.key === "j") walk(1);
    else if (event.key === "k") walk(-1);
    else return;
    event.preventDefault();
  });
})();
