// Draws each chart that the page describes in a data block. The page reads well without.
(() => {
  "use strict";
  const options = {
    mode: "vega-lite",
    renderer: "svg",
    actions: false,
    ast: true, // the expression interpreter: the page's rules forbid eval
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
  };
  // The values come as a table, which is a fifth as long as an object for each bar.
  const described = (block) => {
    const spec = JSON.parse(block.textContent);
    const { columns, lines } = spec.data;
    const named = (line) => Object.fromEntries(line.map((value, n) => [columns[n], value]));
    return { ...spec, data: { values: lines.map(named) } };
  };
  const draw = async (root, block) => {
    const place = root.querySelector(`#${CSS.escape(block.dataset.chart)}`);
    try {
      // Vega relabels the element that it is given, so it gets one inside ours.
      const inside = place.appendChild(document.createElement("div"));
      inside.ariaHidden = "true"; // its place has the name, and the table the numbers
      await vegaEmbed(inside, described(block), options);
      place.dataset.drawn = "yes";
    } catch (error) {
      console.error(error);
      place.dataset.drawn = "no";
      place.textContent = "The picture could not be drawn; the table below has its numbers.";
    }
  };
  // What is folded away has no width to draw in: it is drawn when it is unfolded.
  const drawn = (root, block) => {
    const fold = block.closest("details:not([open])");
    if (!fold) return draw(root, block);
    const unfolded = () => {
      if (!fold.open) return; // closing it tells too
      fold.removeEventListener("toggle", unfolded);
      draw(fold, block);
    };
    fold.addEventListener("toggle", unfolded);
  };
  window.gsDraw = (root) =>
    Promise.all([...root.querySelectorAll("script[data-chart]")].map((block) => drawn(root, block)));
  // On a phone the quieter platforms and the older posts are folded away; elsewhere they are
  // there at once.
  if (matchMedia("(max-width: 600px)").matches) {
    for (const fold of document.querySelectorAll("[data-narrow-folds]")) fold.open = false;
  }
  window.gsDraw(document);
})();
