// Keeps an open page fresh: once a minute, while it can be seen, it is asked for again, and
// the panels that changed are put in place of the old ones. What somebody reads stays where
// it is: nothing is replaced while it holds the focus or a selection, what was unfolded
// stays unfolded, and the place on the page is kept.
(() => {
  "use strict";
  const EVERY_MS = 60_000;
  const status = document.querySelector("[data-live-status]");
  if (!status) return;
  const panels = () => [...document.querySelectorAll("main section[aria-labelledby]")];
  const mark = (text) => { if (status.textContent !== text) status.textContent = text; };

  const inUse = (panel) => {
    const selection = document.getSelection();
    const marked = selection && !selection.isCollapsed && panel.contains(selection.anchorNode);
    return marked || panel.contains(document.activeElement);
  };

  const unfold = (from, into) => {
    const was = [...from.querySelectorAll("details")].map((one) => one.open);
    into.querySelectorAll("details").forEach((one, n) => { if (n in was) one.open = was[n]; });
  };

  // Drawn beside the old one, unseen, and put in its place when it is whole: no flicker.
  const swap = async (panel, fresh) => {
    const name = panel.getAttribute("aria-labelledby");
    const other = fresh.querySelector(`[aria-labelledby="${CSS.escape(name)}"]`);
    if (!other || written.get(name) === other.innerHTML || inUse(panel)) return;
    const place = document.importNode(other, true);
    unfold(panel, place);
    place.style.cssText = `position:absolute;visibility:hidden;width:${panel.offsetWidth}px`;
    panel.after(place);
    await window.gsDraw?.(place);
    if (inUse(panel)) return place.remove();
    place.removeAttribute("style");
    const height = panel.offsetHeight;
    const above = panel.getBoundingClientRect().bottom < 0;
    panel.replaceWith(place);
    written.set(name, other.innerHTML);
    if (above) window.scrollBy(0, place.offsetHeight - height);
  };

  // What the server wrote: this runs before charts are drawn into it.
  const written = new Map(
    panels().map((panel) => [panel.getAttribute("aria-labelledby"), panel.innerHTML]),
  );

  const asked = async () => {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  const refresh = async () => {
    if (document.hidden) return;
    try {
      const fresh = await asked();
      for (const panel of panels()) await swap(panel, fresh);
      mark("Kept fresh every minute.");
    } catch {
      mark("This page could not be brought up to date; it will be tried again.");
    }
  };

  setInterval(refresh, EVERY_MS);
  document.addEventListener("gs-refresh", refresh); // for tests
})();
